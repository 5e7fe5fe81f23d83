// Runs in the browser. Nothing but this gateway is asked for anything: no validator, no fonts.
/* global SwaggerUIBundle */
SwaggerUIBundle({
  url: "openapi.json",
  domNode: document.querySelector("#reference"),
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  validatorUrl: null,
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  syntaxHighlight: { theme: "idea" },
});
