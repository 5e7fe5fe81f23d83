import { arch, cpus, release, totalmem, type } from "node:os";
import { readFileSync } from "node:fs";

/** What the figures were measured on. */
export function machine(): readonly string[] {
  const [first] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const flags = /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
  const useful = ["avx2", "avx512f", "avx512_vnni", "amx_int8"].filter((flag) =>
    flags.split(" ").includes(flag),
  );
  return [
    `${first?.model ?? arch()} (${useful.join(", ")}), ${cpus().length} cores, ${memory}, ${type()} ${release()}`,
    `Node ${process.version}; servers, Redis and the load generator share the cores`,
  ];
}
