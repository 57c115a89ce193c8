// A JupyterLab extension without a build step: JupyterLab loads this file as a module-federation
// container, calls init() with the modules that extensions share, then get() for our plugins.
(() => {
  const START_PAGE = 'Start Here.md'; // as in helpers/home.py
  let shared;

  async function sharedModule(name) {
    const [version] = Object.values(shared[name]);
    return (await version.get())();
  }

  // JupyterLab 4.6 ignores the alternative text in the metadata of an image output.
  function describeImage(node, model) {
    const alt = model.metadata['image/png']?.alt;
    if (alt) node.querySelector('img')?.setAttribute('alt', alt);
  }

  // Tables of pandas and of Markdown have header cells without text, which are no headers.
  function demoteEmptyHeaders(node) {
    for (const header of node.querySelectorAll('th:empty')) {
      const cell = document.createElement('td');
      for (const { name, value } of header.attributes) cell.setAttribute(name, value);
      header.replaceWith(cell);
    }
  }

  const CHANGES = {
    'image/png': describeImage,
    'text/html': demoteEmptyHeaders,
    'text/markdown': demoteEmptyHeaders
  };

  // Change what a renderer has drawn, for those who use a screen reader.
  function accessibleOutputs(IRenderMimeRegistry) {
    return {
      id: 'sagemaker-course:accessible-outputs',
      autoStart: true,
      requires: [IRenderMimeRegistry],
      activate: (app, rendermime) => {
        for (const [mimeType, change] of Object.entries(CHANGES)) {
          const factory = rendermime.getFactory(mimeType);
          const createRenderer = options => {
            const renderer = factory.createRenderer(options);
            const render = renderer.renderModel.bind(renderer);
            renderer.renderModel = async model => {
              await render(model);
              change(renderer.node, model);
            };
            return renderer;
          };
          rendermime.addFactory({ ...factory, createRenderer, mimeTypes: [mimeType] });
        }
      }
    };
  }

  // JupyterLab breaks long lines of text outputs anywhere, in the middle of a word or a URI. Here
  // they break between words, and what is longer than a line scrolls.
  const TEXT_OUTPUTS = `.jp-OutputArea-output.jp-RenderedText pre {
    word-break: normal;
    overflow-wrap: normal;
  }`;

  const wholeWords = {
    id: 'sagemaker-course:whole-words',
    autoStart: true,
    activate: () => {
      const style = document.createElement('style');
      style.textContent = TEXT_OUTPUTS;
      document.head.append(style);
    }
  };

  // Read the start page again whenever the learner comes back to it: it shows their progress.
  const freshStartPage = {
    id: 'sagemaker-course:start-page',
    autoStart: true,
    activate: app => {
      app.shell.currentChanged?.connect((_, { newValue }) => {
        const context = newValue?.context;
        const isStartPage = context?.path.split('/').pop() === START_PAGE;
        if (isStartPage && context.isReady && !context.model.dirty) context.revert();
      });
    }
  };

  (window._JUPYTERLAB ??= {})['sagemaker-course'] = {
    init: scope => {
      shared = scope;
    },
    get: async () => {
      const { IRenderMimeRegistry } = await sharedModule('@jupyterlab/rendermime');
      const plugins = [accessibleOutputs(IRenderMimeRegistry), wholeWords, freshStartPage];
      return () => ({ __esModule: true, default: plugins });
    }
  };
})();
