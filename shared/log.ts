import { destination, pino, type LogFn, type Logger, type LoggerOptions } from "pino";
import { errorKind, ScoringError } from "./error.ts";

export type { Logger };

/**
 * What keeps secrets out of every line, whoever writes it: an error says what `loggable` lets it,
 * in whichever field or place it stands, and the finished line goes without passwords and keys.
 */
const GUARDS = {
  formatters: { log: loggable },
  serializers: { err: (error: unknown) => error }, // pino's own shows all members of an error
  hooks: {
    logMethod(args, method) {
      method.apply(this, guarded(args));
    },
  },
} satisfies LoggerOptions;

/**
 * One JSON line per event on stdout. Facts travel as fields, the message is constant, and neither
 * inputs, outputs nor keys are ever logged. Written synchronously: buffered lines to a pipe that
 * nobody reads any more (a launcher that was killed) would keep the process from ever exiting.
 *
 * @param role what the process is, e.g. `gateway`
 * @param level pino's level name
 * @param onLine hears each line as it is written
 */
export function createLogger(role: string, level: string, onLine?: (line: string) => void): Logger {
  return createLoggerTo(destination({ dest: 1, sync: true }), { role, level, onLine });
}

/** The same, to something other than stdout. */
export function createLoggerTo(
  out: { write(line: string): void },
  {
    role,
    level,
    onLine,
  }: {
    readonly role: string;
    readonly level: string;
    readonly onLine?: ((line: string) => void) | undefined;
  },
): Logger {
  const streamWrite = (line: string): string => {
    const safe = withoutSecrets(line);
    onLine?.(safe);
    return safe;
  };
  const hooks = { ...GUARDS.hooks, streamWrite };
  return pino({ ...GUARDS, hooks, level, base: { role, pid: process.pid } }, out);
}

/** pino takes the message of an error that comes without a text, and prints one in a text whole. */
function guarded([first, ...rest]: readonly unknown[]): Parameters<LogFn> {
  const fields = first instanceof Error ? { err: first } : first;
  const texts = rest.map((it) => (it instanceof Error ? reasonOf(it) : it));
  const { err }: { readonly err?: unknown } = Object(fields);
  const all = [fields, ...(texts.length === 0 && err instanceof Error ? [reasonOf(err)] : texts)];
  // The same arguments in kind: pino's own types cannot say so.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return all as Parameters<LogFn>;
}

const MESSAGE_LENGTH_MAX = 1000;
const FRAMES_MAX = 12;
const FRAME_LENGTH_MAX = 200;
const CAUSES_MAX = 4;
const DEPTH_MAX = 4;

/** What a log says of an error, and all that it says. */
export interface LoggableError {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack: string;
  readonly cause?: LoggableError;
}

/**
 * The fields of a log line with every error in them cut down to what a log may hold. Errors carry
 * what they were about: ioredis' the arguments of the command, which are inputs and secrets.
 */
export function loggable(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, shown(value, DEPTH_MAX)]),
  );
}

export function loggableError(error: Error, causesMax = CAUSES_MAX): LoggableError {
  const code = "code" in error ? error.code : undefined;
  const cause = causeOf(error);
  return {
    type: error.name.slice(0, FRAME_LENGTH_MAX),
    message: reasonOf(error),
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    stack: framesOf(error),
    ...(cause !== undefined && causesMax > 0 ? { cause: loggableError(cause, causesMax - 1) } : {}),
  };
}

/**
 * Why something failed, in words that a log may hold: one bounded text that quotes nothing a client
 * sent. What is thrown at clients tells them of their own input, so that only its title is said.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof ScoringError) return errorKind(error.code).title;
  if (!(error instanceof Error)) return "something that is no error was thrown";
  if (isSchemaError(error)) return `does not fit its schema (${error.issues.length} faults)`;
  // Before it is cut: of a secret that is cut in two neither part looks like one.
  const message = withoutSecrets(error.message).slice(0, MESSAGE_LENGTH_MAX);
  return error instanceof SyntaxError ? withoutQuotes(message) : withoutArguments(message);
}

/** An error nobody expected, for a person: what Node would print, without what the error carries. */
export function errorText(error: Error): string {
  const { type, message, stack, cause } = loggableError(error);
  const because = cause === undefined ? "" : `\ncause: ${cause.type}: ${cause.message}`;
  return `${type}: ${message}\n${stack}${because}`;
}

const PASSWORD_IN_URL = /\/\/[^\s/"\\]*@/g;
const KEY = /\bsk_[0-9a-z]{26}_[0-9a-f]{64}\b/g;
/** An access token, or what else is signed: three parts, of which the first two are JSON. */
const SIGNED_TOKEN = /\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]*/g;
const WEBHOOK_SECRET = /\bwhsec_[\w+/=-]{8,}/g;

/** A text without the passwords of its URLs, without keys, tokens and webhook secrets. */
export function withoutSecrets(text: string): string {
  return text
    .replaceAll(PASSWORD_IN_URL, "//…@")
    .replaceAll(KEY, "sk_…")
    .replaceAll(SIGNED_TOKEN, "eyJ…")
    .replaceAll(WEBHOOK_SECRET, "whsec_…");
}

function shown(value: unknown, depth: number): unknown {
  if (value instanceof Error) return loggableError(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return "…"; // there may be an error further down
  if (Array.isArray(value)) return value.map((item) => shown(item, depth - 1));
  const isPlain = Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) return value;
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, shown(it, depth - 1)]));
}

/** Of several at once, as of a name with two addresses, the first. */
function causeOf(error: Error): Error | undefined {
  if (error.cause instanceof Error) return error.cause;
  const [first]: unknown[] = error instanceof AggregateError ? error.errors : [];
  return first instanceof Error ? first : undefined;
}

/** Where it came from. The message, which a stack begins with, may have any number of lines. */
function framesOf({ stack = "" }: Error): string {
  const frames = stack.split("\n").filter((line) => line.startsWith("    at "));
  return frames
    .slice(0, FRAMES_MAX)
    .map((frame) => frame.slice(0, FRAME_LENGTH_MAX))
    .join("\n");
}

/** The schema library's message names members of what did not fit. */
function isSchemaError(error: Error): error is Error & { readonly issues: readonly unknown[] } {
  return "issues" in error && Array.isArray(error.issues);
}

/** A parser shows the place it stumbled over. */
function withoutQuotes(message: string): string {
  const first = message.indexOf('"');
  return first === -1
    ? message
    : `${message.slice(0, first)}…${message.slice(message.lastIndexOf('"') + 1)}`;
}

/** Redis repeats the arguments of a command that it does not know. */
function withoutArguments(message: string): string {
  return message.split(/,? with args beginning with/, 1)[0] ?? "";
}
