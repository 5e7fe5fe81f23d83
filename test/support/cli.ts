import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync, closeSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** `scoreline` as a person types it. */
export function startCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { stdin = "ignore" }: { readonly stdin?: "ignore" | "pipe" } = {},
): ChildProcess {
  return spawn(process.execPath, ["cli/scoreline.mjs", ...args], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"], ...env },
    stdio: [stdin, "pipe", "pipe"],
  });
}

/** Runs `scoreline` to its end. @param stdin what is piped into it; without, nothing is */
export async function cli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  stdin?: string,
): Promise<{ readonly code: unknown; readonly out: string; readonly err: string }> {
  const child = startCli(args, env, { stdin: stdin === undefined ? "ignore" : "pipe" });
  child.stdin?.end(stdin);
  let [out, err] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [code]: unknown[] = await once(child, "close");
  return { code, out, err };
}

/** The same, with stdout into a file or a device. */
export async function cliInto(
  path: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: unknown; readonly err: string }> {
  const into = openSync(path, "a");
  const child = spawn(process.execPath, ["cli/scoreline.mjs", ...args], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", into, "pipe"],
  });
  closeSync(into);
  let err = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [code]: unknown[] = await once(child, "close");
  return { code, err };
}
