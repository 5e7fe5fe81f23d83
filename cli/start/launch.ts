import { once } from "node:events";
import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { ConfigError, parseConfig } from "../../shared/config.ts";
import { errorText, withoutSecrets } from "../../shared/log.ts";
import { banner, publicUrl } from "./banner.ts";
import { startConfigSchema, type StartConfig } from "./config.ts";
import { Launcher } from "./launcher.ts";
import { LogPrinter } from "./log-printer.ts";
import type { StopSignals } from "./signals.ts";
import { receiversHere } from "./receivers.ts";
import { CommandError } from "../terminal/command.ts";

const root = resolve(import.meta.dirname, "../..");

/** Runs everything until it is told to stop. @returns the exit code */
export async function launch(signals: StopSignals): Promise<number> {
  // Whoever reads our log may leave (`npm start | head`); the service goes on without a reader.
  process.stdout.on("error", () => undefined);
  try {
    return await run(parseConfig(startConfigSchema, process.env), signals);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isExplained = error instanceof ConfigError || error instanceof CommandError;
    const text = isExplained ? withoutSecrets(error.message) : errorText(error);
    process.stderr.write(`\n${text}\n`);
    return 1;
  }
}

interface Announcements {
  ready(): void;
  stopping(): void;
  stopped(isClean: boolean): void;
}

async function run(config: StartConfig, signals: StopSignals): Promise<number> {
  const printer = createPrinter(config);
  const launcher = createLauncher(config, printer);
  const normal = startAndStop(launcher, signals.stop, {
    ready: () => printer.show(bannerFor(config)),
    stopped: (isClean) => printer.say(isClean ? "stopped" : "stopped, not all of it cleanly"),
    stopping: () =>
      printer.say(`${String(signals.stop.reason)}: stopping; once more to end at once`),
  });
  const forced = aborted(signals.stopNow).then(async () => {
    printer.say("ending all at once");
    await launcher.kill();
    return 1;
  });
  const exitCode = await Promise.race([normal, forced]);
  return signals.stopNow.aborted ? 1 : exitCode;
}

/** @returns the exit code: 0 when everything ended cleanly after a signal */
async function startAndStop(
  launcher: Launcher,
  stop: AbortSignal,
  tell: Announcements,
): Promise<number> {
  try {
    stop.throwIfAborted();
    await launcher.start(stop);
    tell.ready();
    await aborted(stop);
  } catch (error) {
    if (!stop.aborted) {
      await launcher.stop();
      throw error;
    }
  }
  tell.stopping();
  const isClean = await launcher.stop();
  tell.stopped(isClean);
  return isClean ? 0 : 1;
}

function createPrinter({ LOG_FORMAT, NO_COLOR }: StartConfig): LogPrinter {
  return new LogPrinter({
    write: (text) => void process.stdout.write(text),
    format: LOG_FORMAT,
    isColoured: process.stdout.isTTY && NO_COLOR === undefined,
  });
}

function createLauncher(config: StartConfig, printer: LogPrinter): Launcher {
  const { HOST, PORT, LOG_LEVEL, REDIS_URL } = config;
  return new Launcher({
    root,
    dataFolder: dataFolder(config),
    keyPath: config.AUTH === "off" ? null : keyPath(config),
    host: HOST,
    port: PORT,
    url: publicUrl(HOST, PORT),
    redisUrl: REDIS_URL ?? null,
    environment: {
      ...process.env,
      HOST,
      PORT: String(PORT),
      LOG_LEVEL,
      MODELS_DIR: modelsFolder(config),
    },
    printer,
  });
}

function bannerFor(config: StartConfig): string {
  const models = modelsFolder(config);
  const folder = config.INIT_CWD ?? process.cwd();
  const photo = join(models, "image-classification", "photos", "espresso.jpg");
  return banner({
    url: publicUrl(config.HOST, config.PORT),
    photo: existsSync(photo) ? relative(folder, photo) : null,
    hasFaq: existsSync(join(models, "faq-javascript")),
    keyFile: config.AUTH === "off" ? null : relative(folder, keyPath(config)),
    hasReceiversHere: "WEBHOOK_ALLOW" in receiversHere(config.HOST, process.env, []),
  });
}

function modelsFolder({ MODELS_DIR }: StartConfig): string {
  return resolve(MODELS_DIR ?? join(root, "models"));
}

function dataFolder({ DATA_DIR }: StartConfig): string {
  return resolve(DATA_DIR ?? join(root, ".scoreline"));
}

function keyPath(config: StartConfig): string {
  return join(dataFolder(config), "api-key");
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
