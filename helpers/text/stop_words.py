"""Words that say nothing about a review: articles, pronouns, forms of "be" and the like.

Words that reverse a sentence (not, no, never, hardly, but, without) or weigh it (very, too, only,
most, least) are left out of this list on purpose: in a review they matter.
"""

_LISTED = """
a an the this that these those such same other another own each both either neither some any
all one ones
i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his
himself she her hers herself it its itself they them their theirs themselves
who whom whose which what when where why how whoever whatever
am is are was were be been being do does did doing done have has had having will would shall
should can could may might must ought get gets got
and or if because as until while of at by for with about between into through during before
after above below to from up down in out on over under again further then once here there than
so since although though unless whether upon among within toward towards onto also
i'm you're he's she's it's we're they're i've you've we've they've i'd you'd he'd she'd we'd
they'd i'll you'll he'll she'll we'll they'll that's who's what's here's there's where's when's
why's how's let's s t d ll m o re ve y br
"""

STOP_WORDS = frozenset(_LISTED.split())
