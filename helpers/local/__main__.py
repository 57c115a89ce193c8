"""`python -m helpers.local`: the server process itself. Kept tiny: job processes re-import it."""

if __name__ == "__main__":
    from helpers.local.server import main

    main()
