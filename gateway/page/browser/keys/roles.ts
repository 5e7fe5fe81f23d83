import type { ComponentChildren } from "preact";
import type { RoleList } from "../../../access/role-json.ts";
import type { Gateway } from "../app/gateway.ts";
import { html } from "../app/html.ts";
import { useAnswer } from "../app/use-answer.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { Table } from "../pieces/table.ts";

/** Roles as they are; they are changed by API. */
export function Roles({ gateway }: { gateway: Gateway }): ComponentChildren {
  const { value, error } = useAnswer<RoleList>(gateway, "/v1/roles");
  return html`<section class="same">
    <h2>Roles</h2>
    ${error !== undefined && html`<${ProblemNote} error=${error} />`}
    ${
      value?.data.length === 0 &&
      html`<p class="small">
        There are none. A role gives many keys and users the same rights, and is made with
        <code>PUT /v1/roles/NAME</code>.
      </p>`
    }
    ${
      value !== undefined &&
      value.data.length > 0 &&
      html`<${Table} label="Roles" columns=${["Role", "May", "Models", "Highest priority"]}>
        ${value.data.map(
          ({ name, scopes, models, priority_ceiling: ceiling }) =>
            html`<tr key=${name}>
              <td><b>${name}</b></td>
              <td class="small">${scopes.join(", ")}</td>
              <td class="small">${models === null ? "all" : models.join(", ")}</td>
              <td>${ceiling}</td>
            </tr>`,
        )}
      <//>`
    }
  </section>`;
}
