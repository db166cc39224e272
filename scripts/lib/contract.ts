import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { createInterface } from "node:readline/promises";
import { listVmSizePrices } from "../../azureml/clients/sizes";
import { type AzureSession, openSession } from "../../azureml/clients/session";
import { createAzure } from "../../operations/contract/azure";
import { deleteLeftovers, findLeftovers, purgeLeftoverVaults } from "../../operations/contract/cleanup";
import { azureCloudAt, type SettledById, withFindings } from "../../operations/contract/confirmed";
import { createLedger } from "../../operations/contract/ledger";
import { type Plan, planRun, planText, type Prices } from "../../operations/contract/plan";
import { knownValues, secretsOf } from "../../operations/contract/redaction";
import { exitCodeOf, exitCodes, reportText } from "../../operations/contract/report";
import { runContract, type RunResult } from "../../operations/contract/run";
import { TABLE } from "../../operations/contract/table";
import { pathsOf, type Target } from "../../operations/contract/target";
import { goldenExchanges, transcriptText } from "../../operations/contract/transcript";
import { textAt } from "../../operations/contract/json";
import { projectRoot } from "./localStack";

/** Options of `npm run contract`. */
export interface ContractOptions {
  subscription: string;
  resourceGroup: string;
  location?: string;
  workspace?: string;
  withGpu?: boolean;
  only?: string[];
  yes?: boolean;
  out?: string;
  save?: boolean;
  cleanup?: boolean;
  /** Wait in ms between two reads of a job. */
  pollMs?: number;
}

const say = (text: string): void => void process.stdout.write(text);

/** Runs the contract, or its clean-up, and returns the exit code. */
export async function contract(options: ContractOptions): Promise<number> {
  requireKnownIds(options.only ?? []);
  const session = await openSession();
  const report = await session.credential.report(session.cloud.armScope);
  say(`credential: ${report.credential}, ${report.identity}\n`);
  const target = await targetOf(session, options);
  if (options.cleanup) return cleanUp(session, target, options);
  const prices = await regionPrices(session, target);
  const plan = planRun(TABLE, { withGpu: options.withGpu === true, only: options.only }, prices);
  say(`${planText(plan, prices)}\n`);
  if (!options.yes && !(await isConfirmed())) return exitCodes.couldNotRun;
  const result = await interruptible((signal) =>
    runContract({
      session,
      target,
      plan,
      signal,
      pollMs: options.pollMs,
      onProgress: (line) => say(`${line}\n`),
    }),
  );
  say(`\n${reportText(result)}`);
  const cloud = azureCloudAt(session.cloud.resourceManager);
  if (options.out ?? cloud) await writeTranscripts(session, target, plan, result, options.out);
  if (options.save) saveFindings(result, cloud);
  return exitCodeOf(result);
}

function requireKnownIds(only: readonly string[]): void {
  const known = TABLE.map(({ id }) => id as string);
  const unknown = only.filter((id) => !known.includes(id));
  if (unknown.length === 0) return;
  throw new Error(`--only: ${unknown.join(", ")} is no assumption; the ids are in docs/azure-behaviour.md`);
}

/** The run's target. The location is that of the resource group, if it exists. */
async function targetOf(session: AzureSession, options: ContractOptions): Promise<Target> {
  const target: Target = {
    subscriptionId: options.subscription,
    resourceGroup: options.resourceGroup,
    location: (options.location ?? "").toLowerCase().replaceAll(" ", ""),
    ...(options.workspace === undefined ? {} : { workspace: options.workspace }),
    runId: randomBytes(3).toString("hex"),
  };
  if (target.location) return target;
  const { azure } = createAzure(session, target, createLedger());
  const found = await azure.call("GET", azure.paths.group);
  const location = textAt(found.body, "location");
  if (location) return { ...target, location };
  throw new Error(
    `--location is not given, and the resource group "${target.resourceGroup}" cannot be read (${found.status}). ` +
      "Give a region, for example --location eastus: the run creates the group there and deletes it.",
  );
}

/** The region's own price estimates. Without the right to read them: none. */
async function regionPrices(session: AzureSession, target: Target): Promise<Prices> {
  const { azure } = createAzure(session, target, createLedger());
  const answer = await azure.call("GET", `${azure.paths.region}/vmSizes`);
  return listVmSizePrices(answer.body);
}

async function isConfirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Error("there is no terminal to confirm the plan; give --yes");
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await lines.question("Run it? [y/N] ")).trim());
  } finally {
    lines.close();
  }
}

/** The first Ctrl-C ends the probes and starts the deletion; a second one ends the process. */
async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  // Requests that a probe sends at once listen to it, too.
  setMaxListeners(64, controller.signal);
  const interrupt = (): void => {
    if (controller.signal.aborted) {
      process.stderr.write("stopped. Delete what is left with --cleanup.\n");
      process.exit(exitCodes.couldNotRun);
    }
    process.stderr.write("interrupted: deleting what the run created. Press Ctrl-C again to stop at once.\n");
    controller.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

async function cleanUp(session: AzureSession, target: Target, options: ContractOptions): Promise<number> {
  const { azure } = createAzure(session, target, createLedger(), { pollMs: options.pollMs });
  const log = (line: string): void => say(`${line}\n`);
  const found = await findLeftovers(azure);
  for (const id of found) log(`left by an earlier run: ${id}`);
  if (found.length === 0) log("no resource of an earlier run is left");
  else if (!options.yes && !(await isConfirmed())) return exitCodes.couldNotRun;
  const failures = await deleteLeftovers(azure, found, log);
  await purgeLeftoverVaults(azure, log);
  for (const failure of failures) log(`not deleted: ${failure}`);
  return failures.length === 0 ? exitCodes.ok : exitCodes.couldNotRun;
}

/** One redacted file for each assumption and shared resource. Default folder: `.local/contract/<run id>`. */
async function writeTranscripts(
  session: AzureSession,
  target: Target,
  plan: Plan,
  result: RunResult,
  out: string | undefined,
): Promise<void> {
  const folder = path.resolve(out ?? path.join(projectRoot, ".local", "contract", target.runId));
  mkdirSync(folder, { recursive: true });
  const token = await session.credential.getToken(session.cloud.armScope);
  const all = result.recorder.scopes().flatMap((scope) => result.recorder.exchanges(scope));
  const secrets = all.flatMap(({ body, url }) => [...secretsOf(body ?? null), ...secretsOf(url)]);
  const known = knownValues(target, claimsOf(token?.token ?? ""), session.cloud.resourceManager, secrets);
  const cloud = azureCloudAt(session.cloud.resourceManager);
  const on = new Date().toISOString().slice(0, 10);
  const provenance = cloud
    ? `recorded: ${cloud}, ${on}, npm run contract`
    : "inferred: answers of another server than Azure";
  let written = 0;
  for (const scope of result.recorder.scopes()) {
    const finding = result.findings.find(({ assumption }) => assumption.id === scope);
    const text = transcriptText(
      {
        format: 1,
        about: scope,
        statement: finding?.assumption.statement ?? "preparation",
        outcome: finding?.verdict.outcome ?? "not settled",
        exchanges: goldenExchanges(result.recorder.exchanges(scope), known, pathsOf(target), provenance),
      },
      known,
    );
    writeFileSync(path.join(folder, `${scope}.json`), text);
    written += 1;
  }
  say(`\n${written} redacted transcripts of ${plan.probes.length} probes: ${folder}\n`);
}

function claimsOf(token: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as Record<
      string,
      unknown
    >;
  } catch {
    return {};
  }
}

function saveFindings(result: RunResult, cloud: string | undefined): void {
  if (!cloud) throw new Error("--save: only answers of Azure itself are saved; this is another server");
  const file = path.join(projectRoot, "operations", "contract", "confirmed.json");
  const before = JSON.parse(readFileSync(file, "utf8")) as SettledById;
  const after = withFindings(before, result.findings, cloud, new Date().toISOString().slice(0, 10));
  writeFileSync(file, `${JSON.stringify(after, undefined, 2)}\n`);
  say(`saved in ${file}; run \`npm run docs\` to update docs/azure-behaviour.md\n`);
}
