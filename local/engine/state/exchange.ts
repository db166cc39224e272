import { readFile } from "node:fs/promises";
import { version as sdkVersion } from "@pulumi/pulumi/version";
import { EngineError, messageOf } from "../errors";
import { isUrn, parseUrn } from "../values/urn";
import type { Value } from "../values/values";
import {
  backUp,
  organization,
  prepareBackend,
  openState,
  secretsOfState,
  readState,
  statePath,
  writeState,
  type StatePlace,
} from "./backend";
import {
  encryptValues,
  decryptCheckpoint,
  decryptValues,
  parseDeployment,
  parseFile,
  renderCheckpoint,
  renderResource,
} from "./checkpoint";
import { lockStack } from "./lock";
import type { Crypter } from "./secrets";

/** The secrets of a stack, and the passphrase for secrets that were encrypted with another salt. */
export type Unlocked = { crypter: Crypter; passphrase: string };

/** The state as it is stored; with `unlocked` in plain text. Errors: those of `readState` and `openState`. */
export async function exportState(place: StatePlace, unlocked?: Unlocked): Promise<string> {
  const { backend, project, stack } = place;
  const file = await readState(backend, project, stack);
  const text = file && (await readFile(statePath(backend, project, stack), "utf8"));
  const latest = text && (JSON.parse(text) as { checkpoint: { latest?: Value } }).checkpoint.latest;
  let deployment: Value = latest || { metadata: {} };
  if (unlocked && file) {
    const { crypter, passphrase } = unlocked;
    // Throws with advice if a secret cannot be decrypted.
    await openState(file, crypter, passphrase);
    const own = await secretsOfState(file, crypter, passphrase);
    deployment = encryptValues(decryptValues(deployment, own), undefined);
  }
  return `${JSON.stringify({ version: 3, deployment }, null, 4)}\n`;
}

type ImportOptions = Unlocked & {
  place: StatePlace;
  /** Import in spite of URNs of another stack and broken integrity rules, which are passed to `notice`. */
  force: boolean;
  notice: (message: string) => void;
};

/**
 * Backs up first and returns its path. Leaves out pending operations, as Pulumi does. Takes the stack's lock.
 * Errors: state-damaged (nothing was changed), unsupported, passphrase, state-locked.
 */
export async function importState(text: string, options: ImportOptions): Promise<string> {
  const { place, crypter, notice, force } = options;
  const { backend, project, stack } = place;
  const problems: string[] = [];
  const raw = asImport(() => {
    const { deployment } = parseFile(text);
    if (deployment === undefined)
      throw new Error('it has no "deployment"; expected what `stack export` prints');
    return parseDeployment(deployment, (problem) => problems.push(problem));
  });
  for (const { urn } of raw.resources) {
    const from = isUrn(urn) ? parseUrn(urn) : undefined;
    if (from?.stack !== stack || from.project !== project)
      problems.push(`resource '${urn}' does not belong to project ${project}, stack ${stack}`);
  }
  if (problems.length > 0 && !force) {
    const told = `${problems.join("\n  ")}\nImporting it could be dangerous; --force imports it anyway`;
    asImport(() => {
      throw new EngineError("state-damaged", told);
    });
  }
  problems.forEach(notice);
  const own = await secretsOfState(raw, crypter, options.passphrase);
  const snapshot = asImport(() => decryptCheckpoint(raw, own));
  for (const { type, resource } of snapshot.pending)
    notice(`removing pending operation '${type}' on '${resource.urn}' from the state`);
  const lock = await lockStack(backend, project, stack, notice);
  try {
    await prepareBackend(backend);
    const backup = await backUp(place);
    const file = renderCheckpoint({
      stackPath: `${organization}/${project}/${stack}`,
      version: sdkVersion,
      salt: crypter.salt,
      resources: snapshot.resources.map((resource) => Buffer.from(renderResource(resource, crypter))),
      pending: [],
      rest: snapshot.rest,
    });
    await writeState(statePath(backend, project, stack), file);
    return backup;
  } finally {
    await lock.release();
  }
}

/** Runs a step of the import; errors say that the import was refused. */
function asImport<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    const code = error instanceof EngineError ? error.code : "state-damaged";
    throw new EngineError(code, `cannot import: ${messageOf(error)}\nNothing was changed.`, error);
  }
}
