import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import pretty from "pino-pretty";
import { withoutSecrets } from "../../shared/log.ts";

const WARN = 40;
const PREFIX_WIDTH = "launcher".length;
const COLOURS: Readonly<Record<string, number>> = {
  gateway: 36,
  worker: 35,
  courier: 33,
  redis: 31,
  launcher: 32,
};

export interface LogPrinterOptions {
  readonly write: (text: string) => void;
  readonly format: "pretty" | "json";
  readonly isColoured: boolean;
}

/** Makes one readable log of many processes: every line says who wrote it. */
export class LogPrinter {
  readonly #options: LogPrinterOptions;
  readonly #prettify: (line: string) => string;

  constructor(options: LogPrinterOptions) {
    this.#options = options;
    this.#prettify = pretty.prettyFactory({
      colorize: options.isColoured,
      translateTime: "SYS:HH:MM:ss.l",
      ignore: "pid,hostname,role",
      singleLine: true,
      customPrettifiers: { time: String },
    });
  }

  /** Prints every line of a child's output as it comes. */
  follow(name: string, stream: Readable): void {
    createInterface({ input: stream }).on("line", (line) => this.print(name, line));
  }

  /** Prints one line that the process `name` wrote: pino's JSON readably, anything else as it is. */
  print(name: string, line: string): void {
    if (this.#options.format === "json") return this.#options.write(`${jsonLine(name, line)}\n`);
    const text = withoutSecrets(line.startsWith("{") ? this.#prettify(line) : line);
    for (const part of text.trimEnd().split("\n")) {
      this.#options.write(`${this.#prefix(name)}${part}\n`);
    }
  }

  /** Prints something the launcher itself has to say. @param level pino's: 30 info, 40 warn */
  say(text: string, level = 30): void {
    this.print(
      "launcher",
      JSON.stringify({
        level,
        time: Date.now(),
        role: "launcher",
        pid: process.pid,
        msg: text,
      }),
    );
  }

  /** Prints text for people as it is, without a prefix; nothing when the log is for machines. */
  show(text: string): void {
    if (this.#options.format === "pretty") this.#options.write(text);
  }

  #prefix(name: string): string {
    const padded = name.padEnd(PREFIX_WIDTH);
    const colour = COLOURS[name];
    if (!this.#options.isColoured || colour === undefined) return `${padded} | `;
    return `\u001B[${colour}m${padded} |\u001B[39m `;
  }
}

/** Whoever reads JSON gets nothing else: text, such as a crash leaves, becomes the message of a line. */
function jsonLine(name: string, line: string): string {
  if (line.startsWith("{") && line.endsWith("}")) return line;
  return JSON.stringify({ level: WARN, time: Date.now(), role: name, msg: withoutSecrets(line) });
}
