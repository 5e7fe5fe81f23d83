// Runs in the browser. Nothing but this gateway is asked for anything: no validator, no fonts.
/* global SwaggerUIBundle */

// The key of this tab, under the name by which the page at / keeps it. It ends with the tab.
const KEY = "scoreline-key";

const rememberKey = () => ({
  statePlugins: {
    auth: {
      wrapActions: {
        authorize: (authorize) => (given) => {
          if (given.key) sessionStorage.setItem(KEY, given.key.value);
          return authorize(given);
        },
        logout: (logout) => (names) => {
          sessionStorage.removeItem(KEY);
          return logout(names);
        },
      },
    },
  },
});

const ui = SwaggerUIBundle({
  url: "openapi.json",
  domNode: document.querySelector("#reference"),
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [rememberKey],
  layout: "BaseLayout",
  validatorUrl: null,
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  syntaxHighlight: { theme: "idea" },
  onComplete: () => {
    const known = sessionStorage.getItem(KEY);
    if (known !== null) ui.preauthorizeApiKey("key", known);
  },
});
