"""Our extension of JupyterLab does what it should, run by Node.js on stand-ins for JupyterLab."""

import json
import shutil
import subprocess

import pytest

from helpers.home import CHECKOUT

SCRIPT = CHECKOUT / "scripts/etc/jupyter/labextensions/sagemaker-course/static/remoteEntry.js"
# JupyterLab's part: the container's interface, a registry of renderers, and a shell with tabs.
HOST = """
globalThis.window = globalThis;
const styles = [];
globalThis.document = { createElement: tag => ({ tag, attributes: {},
  setAttribute(name, value) { this.attributes[name] = value; } }),
  head: { append: element => styles.push(element) } };
await import(process.argv[1]);
const rendermime = { IRenderMimeRegistry: 'the token' };
const container = window._JUPYTERLAB['sagemaker-course'];
container.init({ '@jupyterlab/rendermime': { '4': { get: async () => () => rendermime } } });
const { default: plugins, __esModule } = (await container.get('./extension'))();

const factories = {};
const registry = {
  getFactory: type => ({ safe: true, createRenderer: () => ({ node: null, async renderModel() {
    this.node = page; } }) }),
  addFactory: factory => { factories[factory.mimeTypes] = factory; }
};
let changed, page;
const app = { shell: { currentChanged: { connect: slot => { changed = slot; } } } };
for (const plugin of plugins) plugin.activate(app, registry);

async function draw(type, node, metadata = {}) {
  page = node;
  await factories[type].createRenderer({}).renderModel({ metadata });
}
const image = () => ({ attributes: {}, querySelector: () => image_,
  querySelectorAll: () => headers });
const image_ = { setAttribute(name, value) { seen[name] = value; } };
const replaced = [];
const headers = [{ attributes: [{ name: 'rowspan', value: '2' }],
  replaceWith(cell) { replaced.push(cell); } }];
let seen = {};
await draw('image/png', image(), { 'image/png': { alt: 'Dots' } });
const described = seen;
seen = {};
await draw('image/png', image());
await draw('text/html', image());
await draw('text/markdown', image());

let reverted = [];
function show(path, dirty = false, isReady = true) {
  const context = { path, isReady, model: { dirty }, revert: () => reverted.push(path) };
  changed(null, { newValue: { context } });
}
show('Start Here.md');
show('course/Start Here.md');
show('README.md');
show('Start Here.md', true);
show('Start Here.md', false, false);
changed(null, { newValue: null });
changed(null, { newValue: {} });
console.log(JSON.stringify({ __esModule, requires: plugins[0].requires, described,
  undescribed: seen, replaced, reverted, styles, safe: factories['image/png'].safe }));
"""


# The part of JupyterLab 4.6's style that concerns text outputs.
JUPYTERLABS_STYLE = """.jp-OutputArea-output { width: 100%; overflow: auto; }
.jp-OutputArea-output pre { overflow-x: auto; word-break: break-all; word-wrap: break-word;
  white-space: pre-wrap; margin: 0; }"""


@pytest.fixture(scope="module")
def outcome() -> dict:
    """Return what the extension did in the stand-ins."""
    if not (node := shutil.which("node")):
        pytest.skip("Node.js is not here")
    command = [node, "--input-type=module", "-e", HOST, f"file://{SCRIPT}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_is_a_module_that_jupyterlab_can_load(outcome):
    """JupyterLab needs the mark of a module, and the token of its own registry of renderers."""
    assert outcome["__esModule"] is True
    assert outcome["requires"] == ["the token"]


def test_images_get_the_text_of_their_metadata(outcome):
    """An image with an alternative text gets it, and one without is left as it is."""
    assert outcome["described"] == {"alt": "Dots"}
    assert outcome["undescribed"] == {}
    assert outcome["safe"] is True  # the rest of JupyterLab's renderer is kept


def test_empty_headers_become_cells(outcome):
    """In HTML and in Markdown an empty header becomes a cell with the same attributes."""
    cell = {"tag": "td", "attributes": {"rowspan": "2"}}
    assert outcome["replaced"] == [cell, cell]


def test_the_start_page_is_read_again_when_it_is_shown(outcome):
    """It is read again in any folder, unless it is being edited or loaded; other files are not."""
    assert outcome["reverted"] == ["Start Here.md", "course/Start Here.md"]


def test_text_outputs_break_between_words_only(outcome, tmp_path):
    """In a browser a long URI of a text output stays on one line, and scrolls."""
    if not (browser := shutil.which("chromium")):
        pytest.skip("Chromium is not here")
    (style,) = outcome["styles"]
    uri = "s3://bucket/" + 100 * "x"
    page = tmp_path / "page.html"
    page.write_text(
        f"""<style>{JUPYTERLABS_STYLE}</style><style>{style["textContent"]}</style>
        <div style="width: 400px"><div class="jp-OutputArea-output jp-RenderedText"><pre>{uri}
{"word " * 40}</pre></div></div>
        <script>const pre = document.querySelector('pre');
        const range = document.createRange();
        const lines = (start, end) => {{
          range.setStart(pre.firstChild, start);
          range.setEnd(pre.firstChild, end);
          return new Set([...range.getClientRects()].map(box => box.top)).size;
        }};
        document.title = [lines(0, {len(uri)}), lines({len(uri) + 1}, {len(uri) + 200}) > 1,
          pre.scrollWidth > pre.clientWidth].join();</script>"""
    )
    options = ["--headless", "--no-sandbox", "--dump-dom", f"--user-data-dir={tmp_path / 'user'}"]
    done = subprocess.run(
        [browser, *options, f"file://{page}"], capture_output=True, text=True, timeout=300
    )
    assert "<title>1,true,true</title>" in done.stdout, done.stdout + done.stderr
