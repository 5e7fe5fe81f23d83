import type { ComponentChildren } from "preact";
import type { ModelList } from "../../../models/model-schema.ts";
import { html } from "../app/html.ts";
import { modelLink } from "../app/route.ts";
import { Chip } from "../pieces/chip.ts";
import { remedyOf, statusChip } from "./model-status.ts";

/** All versions of a model, and which of them the bare name means. */
export function VersionsTab({
  entry,
}: {
  entry: ModelList["data"][number] | undefined;
}): ComponentChildren {
  if (entry === undefined) return null;
  return html`<div class="card wide" tabindex="0" role="group" aria-label="Versions">
    <table>
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">State</th>
          <th scope="col">What it is</th>
          <th scope="col">Tags</th>
        </tr>
      </thead>
      <tbody>
        ${entry.versions.toReversed().map((version) => {
          const [tone, text] = statusChip(version);
          const remedy = remedyOf(version);
          return html`<tr key=${version.id}>
            <td>
              <a href=${modelLink(version.id)}>${version.id}</a>
              ${version.version === entry.default_version && html` <${Chip} text="default" />`}
            </td>
            <td>
              <${Chip}
                tone=${tone}
                text=${text}
              />${remedy && html`<br /><code class="small">${remedy.command}</code>`}
            </td>
            <td>${version.description}</td>
            <td>
              ${Object.entries(version.tags).map(([name, value]) => html`<${Chip} key=${name} text=${value === "" ? name : `${name}=${value}`} />`)}
            </td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}
