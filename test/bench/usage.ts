import { allArms } from "./arms/arms.ts";
import { presetOf } from "./presets.ts";

const usual = presetOf({ isQuick: false, isFull: false, isAgainst: false });
const quick = presetOf({ isQuick: true, isFull: false, isAgainst: false });
const full = presetOf({ isQuick: false, isFull: true, isAgainst: false });
const known = allArms(".").map(({ name }) => name);

export const USAGE = `npm run bench -- [options]

Asks several ways of serving a model the same questions, in turn, and writes what each cost.
docs/performance.md tells what the figures mean.

What is compared:
  --arms <names>     ${usual.arms}
                     by default. Known: ${known.join(", ")}
  --against <d>      another checkout, which is set up, as the arm "against"; with it the default
                     arms are ours,against
  --models <names>   ${usual.models} by default
  --to <arm>         ratios are to this arm; by default to fastapi, against or direct, whichever is
                     there

What is measured:
  --clients <n,…>    closed loops of so many clients, ${usual.clients} by default; "" for none
  --rates <n,…>      open loops of so many requests a second by Poisson; none by default;
                     of photos a fiftieth
  --queued <n,…>     bytes a queued job takes, submitted by so many clients; none by default
  --depths <n,…>     jobs accepted and drained a second on top of so many; none by default
  --bulk <n,…>       batches of so many wines to their end; none by default
                     (--queued, --depths and --bulk: of ours and against only)

How:
  --rounds <n>       rounds over all arms, ${usual.rounds} by default
  --seconds <n>      measured seconds of a sample, ${usual.seconds} by default
  --warm-up <n>      seconds of load before an arm's first sample, ${usual["warm-up"]} by default
  --tries <n>        how often a disturbed sample is taken at most, ${usual.tries} by default
  --out <folder>     where samples, report and plots go; a new folder in .cache/bench by default. A
                     run into a folder that has samples of the same code goes on: what is there is
                     not measured again
  --fresh            begins anew even so
  --report           only writes the report of what the folder has
  --docs             also puts the report into docs/performance.md
  --full             all arms, rates ${full.rates}, queued ${full.queued},
                     depths ${full.depths}, bulk ${full.bulk}: takes hours
  --quick            ${quick.arms}, ${quick.clients} clients,
                     ${quick.rounds} round of ${quick.seconds} s: to see that it works, not to quote
  --help             this text
`;
