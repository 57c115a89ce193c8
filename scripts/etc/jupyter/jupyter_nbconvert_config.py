"""Let `jupyter nbconvert --to html` render the figures' alternative text.

The figures carry it in their metadata (see helpers/plots/figures.py), which nbconvert's classic
template reads and its default one, lab, does not: so the picture is handed to it as HTML.
"""

import html

from nbconvert.preprocessors import Preprocessor


class AlternativeText(Preprocessor):
    """Turn each PNG that has an alternative text into an HTML image with it."""

    enabled = True

    def preprocess_cell(self, cell, resources, index):
        """Change the outputs of the exported copy; the notebook's file stays as it is."""
        for output in cell.get("outputs", []):
            alt = output.get("metadata", {}).get("image/png", {}).get("alt")
            if alt:
                source = f"data:image/png;base64,{output['data'].pop('image/png').strip()}"
                output["data"]["text/html"] = f'<img src="{source}" alt="{html.escape(alt)}">'
        return cell, resources


get_config().HTMLExporter.preprocessors = [AlternativeText]  # noqa: F821 (traitlets defines it)
