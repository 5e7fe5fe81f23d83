/**
 * Imported before a role's own code, as `clock-shift.ts` says: moves its wall clock, and leaves the
 * monotonic one alone, as on a machine whose clock is wrong.
 */
const shiftMs = Number(process.env["CLOCK_SHIFT_MS"] ?? 0);
const machine = Date;

const shifted = (): number => machine.now() + shiftMs;

globalThis.Date = new Proxy(machine, {
  construct: (target, args: unknown[], newTarget): object =>
    Object(Reflect.construct(target, args.length === 0 ? [shifted()] : args, newTarget)),
  apply: () => new machine(shifted()).toString(),
  get: (target, name): unknown => (name === "now" ? shifted : Reflect.get(target, name, target)),
});
