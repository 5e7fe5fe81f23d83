import type { ComponentChildren } from "preact";
import type { ModelList } from "../../../models/model-schema.ts";
import { html } from "../app/html.ts";
import { modelLink } from "../app/route.ts";
import { Chip } from "../pieces/chip.ts";
import { Table } from "../pieces/table.ts";
import { remedyOf, statusChip } from "./model-status.ts";

/** All versions of a model, and which of them the bare name means. */
export function VersionsTab({
  entry,
}: {
  entry: ModelList["data"][number] | undefined;
}): ComponentChildren {
  if (entry === undefined) return null;
  const hasTags = entry.versions.some(({ tags }) => Object.keys(tags).length > 0);
  const columns = ["Version", "State", "What it is", ...(hasTags ? ["Tags"] : [])];
  return html`<${Table} label="Versions" columns=${columns}>
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
        <td class="words">${version.description}</td>
        ${hasTags && html`<td>${tagsOf(version.tags)}</td>`}
      </tr>`;
    })}
  <//>`;
}

function tagsOf(tags: Readonly<Record<string, string>>): ComponentChildren {
  return Object.entries(tags).map(
    ([name, value]) =>
      html`<${Chip} key=${name} text=${value === "" ? name : `${name}=${value}`} />`,
  );
}
