/** The local cloud's process, which `npm run local -- start` and every stack command start. */
import * as fs from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { CLOCK_PROFILES, type ClockProfile } from "./clock";
import { buildId } from "./buildId";
import { LOOPBACK } from "./constants";
import { type CloudInfo, cloudFile } from "./cloudFile";
import { datasetId } from "../data/dataset";
import { hubPrefix } from "./hub/hub";
import { identifyProcess } from "./lock";
import { withLoopback } from "./noProxy";
import { cloudHome } from "./paths";
import { cloudPort } from "./ports";
import { createCloud, type RunningCloud } from "./server";
import { CloudStartError, StoreError } from "./startError";

const DEFAULT_IDLE_MINUTES = 30;
const IDLE_CHECK_MS = 1_000;
const STOP_DEADLINE_MS = 8_000;

interface Settings {
  home: string;
  port: number;
  profile: ClockProfile;
  speed: number;
  loose: boolean;
  anyToken: boolean;
  idleMinutes: number;
}

const USAGE = `Usage: node dist/local/cloud/main.js [options]

The local cloud in the foreground. \`npm run local -- start\` runs it in the background.

  --home <directory>    its state (default: .local/cloud)
  --port <n>            the first of three ports (default: AZUREML_LOCAL_PORT or 10440)
  --profile <name>      ${CLOCK_PROFILES.join(", ")} (default: AZUREML_LOCAL_PROFILE or brisk)
  --speed <n>           virtual seconds per second (default: AZUREML_LOCAL_SPEED or 1)
  --idle-minutes <n>    stop after this time without requests; 0 = never (default: AZUREML_LOCAL_IDLE_MINUTES or 30)
  --loose               accept what clients send beyond what is supported (AZUREML_LOCAL_LOOSE=1)
  --help                print this

AZUREML_LOCAL_ANY_TOKEN=1 accepts tokens whoever signed them, for clients that sign their own.
`;

function optionsFrom(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        home: { type: "string" },
        port: { type: "string" },
        profile: { type: "string" },
        speed: { type: "string" },
        loose: { type: "boolean" },
        host: { type: "string" },
        help: { type: "boolean" },
        "idle-minutes": { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new CloudStartError("BadOption", `${(error as Error).message}. See --help.`, { cause: error });
  }
}

/** @throws CloudStartError("BadOption") that names the option, its value and what is allowed */
function settingsFrom(values: ReturnType<typeof optionsFrom>): Settings {
  if (values.host !== undefined && values.host !== LOOPBACK) {
    throw new CloudStartError(
      "BadOption",
      `--host is '${values.host}'. The local cloud listens on ${LOOPBACK} only: its keys and tokens do not protect it from other machines.`,
    );
  }
  const profile = values.profile ?? process.env["AZUREML_LOCAL_PROFILE"] ?? "brisk";
  if (!CLOCK_PROFILES.includes(profile as ClockProfile)) {
    throw new CloudStartError(
      "BadOption",
      `--profile is '${profile}'. Allowed: ${CLOCK_PROFILES.join(", ")}.`,
    );
  }
  const pace = values.speed ?? process.env["AZUREML_LOCAL_SPEED"] ?? "1";
  const speed = Number(pace);
  if (pace.trim() === "" || !Number.isFinite(speed) || speed < 0) {
    throw new CloudStartError(
      "BadOption",
      `--speed is '${pace}'. It must be a number: virtual seconds per real second; 0 = time stands still.`,
    );
  }
  const idle =
    values["idle-minutes"] ?? process.env["AZUREML_LOCAL_IDLE_MINUTES"] ?? String(DEFAULT_IDLE_MINUTES);
  const idleMinutes = Number(idle);
  if (idle.trim() === "" || !Number.isFinite(idleMinutes) || idleMinutes < 0) {
    throw new CloudStartError(
      "BadOption",
      `--idle-minutes is '${idle}'. It must be a number of minutes; 0 = never stop when idle.`,
    );
  }
  return {
    home: path.resolve(values.home ?? cloudHome()),
    port: values.port === undefined ? cloudPort() : cloudPort({ AZUREML_LOCAL_PORT: values.port }),
    profile: profile as ClockProfile,
    speed,
    loose: values.loose ?? process.env["AZUREML_LOCAL_LOOSE"] === "1",
    anyToken: process.env["AZUREML_LOCAL_ANY_TOKEN"] === "1",
    idleMinutes,
  };
}

export async function main(argv: string[]): Promise<number> {
  const options = optionsFrom(argv);
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const settings = settingsFrom(options);
  let stop: (reason: string) => void = () => {};
  const stopped = new Promise<string>((resolve) => (stop = resolve));
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
  process.on("SIGHUP", () => {});
  // The cloud's own requests to its blob store must not go through a proxy.
  process.env["NO_PROXY"] = process.env["no_proxy"] = withLoopback(
    process.env["NO_PROXY"] ?? process.env["no_proxy"],
  );
  const logLine = (line: string): void => void process.stdout.write(`${line}\n`);
  const running = await createCloud({ ...settings, log: logLine, onStop: () => stop("stop requested") });
  process.on("unhandledRejection", (reason) => {
    running.cloud.log(
      "bug",
      `unhandled rejection: ${reason instanceof Error ? reason.stack : String(reason)}`,
    );
  });
  writeInfo(settings, running);
  // Takes a second or two: begin now.
  void running.app.inject({ url: `${hubPrefix}/api/datasets/${datasetId}` });
  const timer = setInterval(() => {
    const idleMs = Date.now() - running.lastActivity();
    if (settings.idleMinutes > 0 && idleMs > settings.idleMinutes * 60_000)
      stop(`idle for ${settings.idleMinutes} minutes`);
  }, IDLE_CHECK_MS);
  const reason = await stopped;
  clearInterval(timer);
  running.cloud.log("cloud", `stopping: ${reason}`);
  const deadline = setTimeout(() => process.exit(1), STOP_DEADLINE_MS);
  deadline.unref();
  await running.close();
  fs.rmSync(cloudFile(settings.home), { force: true });
  return 0;
}

/** Written when everything answers: its existence means ready. */
function writeInfo(settings: Settings, running: RunningCloud): void {
  const info: CloudInfo = {
    process: identifyProcess(process.pid) ?? { pid: process.pid },
    pid: process.pid,
    port: running.port,
    identityPort: running.identityPort,
    startedAt: new Date().toISOString(),
    profile: settings.profile,
    build: buildId(),
  };
  const file = cloudFile(settings.home);
  fs.writeFileSync(`${file}.new`, JSON.stringify(info, undefined, 2), { mode: 0o600 });
  fs.renameSync(`${file}.new`, file);
}

if (require.main === module) {
  main(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (error: unknown) => {
      const expected = error instanceof CloudStartError || error instanceof StoreError;
      const text = expected ? `${error.code}: ${error.message}` : ((error as Error).stack ?? String(error));
      process.stderr.write(`START FAILED ${text}\n`);
      process.exit(1);
    },
  );
}
