import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { ROOT } from "./launcher.ts";
import { until } from "./until.ts";

const LISTENER = "test/support/lonely-listener.ts";
const PEERLESS = ["--net", "--map-root-user"];

/** Whether this machine can give a process a network of its own. */
export function canBeLonely(): boolean {
  return spawnSync("unshare", [...PEERLESS, "ip", "link", "set", "lo", "up"]).status === 0;
}

/**
 * A module in a network of its own, where nobody lives but a name server that knows no name and
 * writes down what it is asked: whatever the module's processes would send to anybody shows there.
 */
export class LonelyProcess implements Disposable {
  readonly #child: ChildProcess;
  #said = "";

  /** @param main its file @param env all of its environment */
  constructor(main: string, env: NodeJS.ProcessEnv) {
    const servers = nameServers().map((server) => `ip addr add ${server} dev lo 2>/dev/null;`);
    const set = `ip link set lo up; ${servers.join(" ")} exec "$@"`;
    const command = [process.execPath, LISTENER, ...nameServers(), main];
    this.#child = spawn("unshare", [...PEERLESS, "sh", "-c", set, "sh", ...command], {
      cwd: ROOT,
      env,
      stdio: ["pipe", "pipe", "inherit"], // it ends with its standard input
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#said += text));
  }

  /** Names that were looked up. */
  get asked(): readonly string[] {
    return this.#lines.filter((line) => line.startsWith("asked ")).map((line) => line.slice(6));
  }

  /** Resolves when the module has written this line. */
  async hasSaid(line: string): Promise<void> {
    await until(`a lonely process says "${line}"`, () => this.#lines.includes(line));
  }

  get #lines(): readonly string[] {
    return this.#said.split("\n");
  }

  [Symbol.dispose](): void {
    this.#child.stdin?.end();
  }
}

function nameServers(): readonly string[] {
  const text = readFileSync("/etc/resolv.conf", "utf8");
  return [...text.matchAll(/^nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$/gm)].flatMap(
    ([, it]) => it ?? [],
  );
}
