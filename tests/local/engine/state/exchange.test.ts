import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { openState, readState, statePath, writeState } from "../../../../local/engine/state/backend";
import { exportState, importState } from "../../../../local/engine/state/exchange";
import { openSecrets, type Crypter } from "../../../../local/engine/state/secrets";
import { secret, signatureKey, signatures, type Properties } from "../../../../local/engine/values/values";
import { knownSecrets, passphrase, provider, resource, stateText, temporaryPlace } from "./support";

describe("export and import", () => {
  const place = temporaryPlace();
  const { backend, project, stack } = place;
  let crypter: Crypter;
  let exported: string;
  const notices: string[] = [];
  const secretOutput = (ciphertext: string): Properties => ({
    [signatureKey]: signatures.secret,
    ciphertext,
  });
  const doImport = (text: string, more: Partial<Parameters<typeof importState>[1]> = {}): Promise<string> =>
    importState(text, { place, crypter, passphrase, force: false, notice: (m) => notices.push(m), ...more });
  const outputs = async (): Promise<unknown> => {
    const file = await readState(backend, project, stack);
    return file && (await openState(file, crypter, passphrase)).resources.at(-1)?.outputs;
  };

  beforeAll(async () => {
    crypter = await knownSecrets();
    const a = {
      ...resource("a", { outputs: { x: secretOutput(crypter.encrypt('"hush"')) } }),
      unheard: "of",
    };
    const pending = [{ resource: resource("lost"), type: "creating" }];
    await writeState(
      statePath(backend, project, stack),
      stateText([provider, a], { pending_operations: pending }),
    );
    exported = await exportState(place);
  });
  beforeEach(() => notices.splice(0));

  test("exports the stored state with secrets encrypted or, on request, in plain text", async () => {
    expect(JSON.parse(exported)).toEqual({
      version: 3,
      deployment: JSON.parse(readFileSync(statePath(backend, project, stack), "utf8")).checkpoint.latest,
    });
    const shown = await exportState(place, { crypter, passphrase });
    expect(JSON.parse(shown).deployment.resources[1].outputs).toEqual({
      x: { [signatureKey]: signatures.secret, plaintext: '"hush"' },
    });
    const elsewhere = { crypter: await openSecrets(undefined, passphrase), passphrase };
    expect(await exportState(place, elsewhere)).toBe(shown);
    await expect(exportState(place, { ...elsewhere, passphrase: "wrong" })).rejects.toThrow(
      "incorrect passphrase",
    );
    expect(JSON.parse(await exportState({ ...place, stack: "none" }))).toMatchObject({ version: 3 });
  });

  test("imports it without pending operations and backs up the previous state", async () => {
    const before = readFileSync(statePath(backend, project, stack), "utf8");
    const backup = await doImport(exported);
    expect(readFileSync(backup, "utf8")).toBe(before);
    expect(notices).toEqual([expect.stringMatching(/removing pending operation 'creating' on '.*::lost'/)]);
    const file = await readState(backend, project, stack);
    expect(file?.resources[1]).toMatchObject({
      unheard: "of",
      outputs: { x: { ciphertext: crypter.encrypt('"hush"') } },
    });
    expect(file?.pending).toEqual([]);
    expect(readdirSync(join(backend.root, "locks/organization/p/dev"))).toEqual([]);
  });

  test("encrypts plain text and secrets under another salt with the stack's own", async () => {
    await doImport(await exportState(place, { crypter, passphrase }));
    expect(readFileSync(statePath(backend, project, stack), "utf8")).not.toContain("hush");
    expect(await outputs()).toEqual({ x: secret("hush") });
    const other = await openSecrets(undefined, passphrase);
    const deployment = JSON.parse(exported).deployment;
    deployment.secrets_providers.state.salt = other.salt;
    deployment.resources[1].outputs.x = secretOutput(other.encrypt('"from elsewhere"'));
    await doImport(JSON.stringify({ version: 3, deployment }));
    expect(await outputs()).toEqual({ x: secret("from elsewhere") });
    expect((await readState(backend, project, stack))?.salt).toBe(crypter.salt);
  });

  const withResources = (...resources: unknown[]): string =>
    JSON.stringify({ version: 3, deployment: { ...JSON.parse(exported).deployment, resources } });
  test.each<[string, () => string, string, RegExp]>([
    ["not JSON", () => '{"version": 3,', "state-damaged", /not valid JSON, line 1, column 15/],
    [
      "without deployment",
      () => '{"version": 3}',
      "state-damaged",
      /no "deployment"; expected what `stack export` prints/,
    ],
    ["newer", () => '{"version": 4, "features": ["views"]}', "unsupported", /version 4 and needs: views/],
    [
      "with another secrets provider",
      () => exported.replace('"passphrase"', '"cloud"'),
      "unsupported",
      /"cloud"/,
    ],
    [
      "of another stack",
      () => exported.replaceAll("urn:pulumi:dev::", "urn:pulumi:prod::"),
      "state-damaged",
      /'urn:pulumi:prod::.*default' does not belong to project p, stack dev.*--force/s,
    ],
    ["broken", () => withResources(resource("a")), "state-damaged", /does not come before it.*--force/s],
    [
      "with a secret that cannot be decrypted",
      () => withResources(provider, resource("b", { outputs: { x: secretOutput("v1:AAAA:AAAA") } })),
      "state-damaged",
      /a secret of .*::b cannot be decrypted/,
    ],
  ])("rejects an import that is %s and changes nothing", async (_how, text, code, expected) => {
    const before = readFileSync(statePath(backend, project, stack), "utf8");
    await expect(doImport(text())).rejects.toMatchObject({ code });
    await expect(doImport(text())).rejects.toThrow(expected);
    await expect(doImport(text())).rejects.toThrow(/^cannot import: .*Nothing was changed\.$/s);
    expect(readFileSync(statePath(backend, project, stack), "utf8")).toBe(before);
  });

  test("imports a broken export with --force and reports its problems; a valid one can replace a damaged state", async () => {
    await doImport(withResources(resource("a")), { force: true });
    expect(notices[0]).toContain("does not come before it");
    await expect(readState(backend, project, stack)).rejects.toThrow("damaged");
    await doImport(exported);
    expect(await outputs()).toEqual({ x: secret("hush") });
  });

  test("does not change a locked stack", async () => {
    const folder = join(backend.root, "locks/organization/p/dev");
    mkdirSync(folder, { recursive: true });
    const lock = { pid: process.pid, hostname: hostname(), username: "me", timestamp: "now" };
    writeFileSync(join(folder, "x.json"), JSON.stringify(lock));
    await expect(doImport(exported)).rejects.toMatchObject({ code: "state-locked" });
  });
});
