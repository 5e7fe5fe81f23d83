import type { ComponentChildren } from "preact";
import type { z } from "zod";
import type { replayListSchema } from "../../../replays/replay-json.ts";
import { browserNowMs } from "../app/clock.ts";
import { ago, count } from "../app/figures.ts";
import type { Gateway } from "../app/gateway.ts";
import { html } from "../app/html.ts";
import { useAnswer } from "../app/use-answer.ts";
import { Chip } from "../pieces/chip.ts";
import { Table } from "../pieces/table.ts";
import { VERDICT_TONES } from "./verdict-look.ts";

type ReplayList = z.output<typeof replayListSchema>;

const SHOWN = 10;
const EVERY_MS = 10_000;

/** The last replays of the viewer's tenant: the same question, asked of the past. */
export function Replays({ gateway, self }: { gateway: Gateway; self: string }): ComponentChildren {
  const { value } = useAnswer<ReplayList>(gateway, `${self}/replays?limit=${SHOWN}`, EVERY_MS);
  if (value === undefined || value.data.length === 0) return null;
  const nowMs = browserNowMs();
  return html`<section class="same">
    <h2>Replays</h2>
    <${Table}
      label="Replays"
      columns=${["New version", "Verdict", "Status", { num: "Compared" }, "Why", "Created"]}
    >
      ${value.data.map(
        ({ id, candidate, model, status, compared, items, comparison, created_at: at }) =>
          html`<tr key=${id}>
            <td>${candidate} <span class="small">beside ${model}</span></td>
            <td>
              <${Chip} tone=${VERDICT_TONES[comparison.verdict]} text=${comparison.verdict} />
            </td>
            <td>${status}</td>
            <td class="num">${count(compared)} of ${count(items)}</td>
            <td class="small">${comparison.reasons[0]}</td>
            <td class="when" title=${at}>${at === null ? "–" : ago(at, nowMs)}</td>
          </tr>`,
      )}
    <//>
  </section>`;
}
