import { marked, type MarkedToken, type Token, type Tokens } from "marked";
import { h, type ComponentChildren } from "preact";
import { html } from "../app/html.ts";

/**
 * Markdown as elements. HTML in it is shown as text, and links lead to http(s) and to places in the page
 * alone: a card may come from anybody.
 */
export function Markdown({ text }: { text: string }): ComponentChildren {
  return html`<div class="prose">${marked.lexer(text).map(block)}</div>`;
}

/** Markdown within a line, such as an answer with \`code\`. */
export function Inline({ text }: { text: string }): ComponentChildren {
  return marked.Lexer.lexInline(text).map(inline);
}

function block(given: Token): ComponentChildren {
  const token = known(given);
  // What is not listed is shown as it was written.
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check
  switch (token.type) {
    case "heading": {
      const { depth, tokens } = token;
      // The page has its h1.
      return h(`h${Math.min(depth + 1, 6)}`, null, tokens.map(inline));
    }
    case "paragraph":
      return html`<p>${token.tokens.map(inline)}</p>`;
    case "blockquote":
      return html`<blockquote>${token.tokens.map(block)}</blockquote>`;
    case "code":
      return html`<pre tabindex="0"><code>${token.text}</code></pre>`;
    case "list": {
      const { ordered, items } = token;
      return h(
        ordered ? "ol" : "ul",
        null,
        items.map((item) => h("li", null, item.tokens.map(block))),
      );
    }
    case "table":
      return table(token);
    case "hr":
      return html`<hr />`;
    case "space":
      return null;
    case "text":
      return inline(token);
    default:
      return html`<p>${token.raw}</p>`;
  }
}

function table({ header, rows, align }: Tokens.Table): ComponentChildren {
  const cell = (name: string) => (it: Tokens.TableCell, i: number) =>
    h(name, { class: align[i] === "right" ? "num" : undefined }, it.tokens.map(inline));
  return html`<div class="wide" tabindex="0" role="group" aria-label="Table">
    <table>
      <thead>
        <tr>
          ${header.map(cell("th"))}
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => h("tr", null, row.map(cell("td"))))}
      </tbody>
    </table>
  </div>`;
}

function inline(given: Token): ComponentChildren {
  const token = known(given);
  // What is not listed is shown as it was written.
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check
  switch (token.type) {
    case "strong":
      return h("strong", null, token.tokens.map(inline));
    case "em":
      return h("em", null, token.tokens.map(inline));
    case "codespan":
      return h("code", null, token.text);
    case "br":
      return h("br", null);
    case "link": {
      const { href, tokens } = token;
      const text = tokens.map(inline);
      return /^https?:\/\//.test(href) ? h("a", { href, rel: "noreferrer" }, text) : text;
    }
    case "text": {
      const { tokens, text } = token;
      return tokens === undefined ? unescaped(text) : tokens.map(inline);
    }
    case "escape":
      return token.text;
    default:
      return token.raw;
  }
}

function unescaped(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

/** All there are: we add none of our own. */
function known(token: Token): MarkedToken {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return token as MarkedToken;
}
