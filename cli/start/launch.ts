import { once } from "node:events";
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { ConfigError, parseConfig } from "../../shared/config.ts";
import { errorText, withoutSecrets } from "../../shared/log.ts";
import { readKeyFile } from "./api-key.ts";
import { banner, publicUrl } from "./banner.ts";
import { startConfigSchema, type StartConfig } from "./config.ts";
import { keyFileOf, modelsFolderOf, homeOf } from "./folders.ts";
import { Launcher } from "./launcher.ts";
import { LogPrinter } from "./log-printer.ts";
import type { StopSignals } from "./signals.ts";
import { receiversHere } from "./receivers.ts";
import { isFile, newSignInLink } from "./sign-in-link.ts";
import { CommandError } from "../terminal/command.ts";

const home = homeOf(process.env);

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

async function run(config: StartConfig, signals: StopSignals): Promise<number> {
  const printer = createPrinter(config);
  const launcher = new Launcher(config, home, printer);
  const normal = startAndStop(config, launcher, printer, signals.stop);
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
  config: StartConfig,
  launcher: Launcher,
  printer: LogPrinter,
  stop: AbortSignal,
): Promise<number> {
  try {
    stop.throwIfAborted();
    await launcher.start(stop);
    printer.show(await bannerFor(config));
    await aborted(stop);
  } catch (error) {
    if (!stop.aborted) {
      await launcher.stop();
      throw error;
    }
  }
  printer.say(`${String(stop.reason)}: stopping; once more to end at once`);
  const isClean = await launcher.stop();
  printer.say(isClean ? "stopped" : "stopped, not all of it cleanly");
  return isClean ? 0 : 1;
}

function createPrinter({ LOG_FORMAT, NO_COLOR }: StartConfig): LogPrinter {
  return new LogPrinter({
    write: (text) => void process.stdout.write(text),
    format: LOG_FORMAT,
    isColoured: process.stdout.isTTY && NO_COLOR === undefined,
  });
}

async function bannerFor(config: StartConfig): Promise<string> {
  const url = publicUrl(config.HOST, config.PORT);
  const models = modelsFolderOf(home);
  const folder = config.INIT_CWD ?? process.cwd();
  const photo = join(models, "image-classification", "photos", "espresso.jpg");
  return banner({
    url,
    photo: existsSync(photo) ? relative(folder, photo) : null,
    hasFaq: existsSync(join(models, "faq-javascript")),
    keyFile: config.AUTH === "off" ? null : relative(folder, keyFileOf(home)),
    link: await linkFor(url, config),
    hasReceiversHere: "WEBHOOK_ALLOW" in receiversHere(config.HOST, process.env, []),
  });
}

/** @returns undefined where nobody is asked for a key, or where the link would stay in a file */
async function linkFor(
  url: string,
  { AUTH, LOG_FORMAT }: StartConfig,
): Promise<string | undefined> {
  if (AUTH === "off" || LOG_FORMAT === "json" || isFile(process.stdout.fd)) return undefined;
  const token = readKeyFile(keyFileOf(home));
  return token === undefined ? undefined : newSignInLink(url, token);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
