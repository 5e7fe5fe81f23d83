import { render } from "preact";
import { html } from "../app/html.ts";
import { App } from "./app.ts";

render(html`<${App} />`, document.body);
