import { cpuMedians } from "./tables.ts";
import type { Results } from "./results.ts";
import { spreadOf } from "./statistics.ts";

/** Medians and spreads of everything, for programs. @param reference arm that ratios are to */
export function summaryOf(results: Results, reference: string): object {
  return {
    reference,
    wrong: results.wrong,
    series: results.places.map((place) => {
      const samples = results.samples(place);
      const names = Object.keys(samples[0]?.figures ?? {});
      const figures = names.map((name) => [name, spreadOf(results.figures(place, name))]);
      const ratios = results.ratios(place, { ...place, arm: reference });
      return {
        ...place,
        samples: samples.length,
        figures: Object.fromEntries(figures),
        ...(ratios.length === 0 ? {} : { rateRatio: spreadOf(ratios) }),
        cpuMicros: cpuMedians(samples),
        foreignCoresMost: Math.max(...samples.map(({ foreignCores }) => foreignCores)),
      };
    }),
  };
}
