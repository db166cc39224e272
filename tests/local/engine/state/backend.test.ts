import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import {
  backUp,
  listStates,
  openBackend,
  openState,
  prepareBackend,
  readState,
  recordUpdate,
  statePath,
  writeState,
} from "../../../../local/engine/state/backend";
import { openSecrets } from "../../../../local/engine/state/secrets";
import { signatureKey, signatures } from "../../../../local/engine/values/values";
import { knownSecrets, passphrase, provider, stateText, temporaryPlace } from "./support";

describe("the file backend", () => {
  const place = temporaryPlace();
  const { backend, project, stack } = place;
  const path = statePath(backend, project, stack);
  const sound = stateText([provider]);

  test.each([
    ["file:///var/state", undefined, "/var/state/.pulumi"],
    ["file://./state", undefined, "/work/state/.pulumi"],
    ["file://~/state", undefined, join(homedir(), "state/.pulumi")],
    ["file://~", undefined, join(homedir(), ".pulumi")],
    [undefined, "file:///var/of%20project", "/var/of project/.pulumi"],
    ["file:///first", "file:///second", "/first/.pulumi"],
  ])("resolves the address %s (project: %s) to the directory %s", (url, projectUrl, root) => {
    expect(openBackend(url ? { PULUMI_BACKEND_URL: url } : {}, projectUrl, "/work")).toEqual({ root });
  });

  test("rejects other backends and a missing one, with what to do", () => {
    expect(() => openBackend({ PULUMI_BACKEND_URL: "s3://x" }, undefined, "/")).toThrow(
      /"s3:\/\/x".*Pulumi CLI/,
    );
    expect(() => openBackend({}, undefined, "/")).toThrow(/set PULUMI_BACKEND_URL to file:/);
  });

  test("rejects another layout version and creates a missing one", async () => {
    await prepareBackend(backend);
    await prepareBackend(backend);
    const meta = join(backend.root, "meta.yaml");
    expect(readFileSync(meta, "utf8")).toBe("version: 1\n");
    writeFileSync(meta, "version: 2\n");
    await expect(prepareBackend(backend)).rejects.toThrow(/meta\.yaml.*expected version: 1/);
    writeFileSync(meta, "version: 1\n");
  });

  test("writes a state completely, in pieces, and keeps the previous one beside it", async () => {
    expect(await readState(backend, project, stack)).toBeUndefined();
    await writeState(path, "{}");
    expect(existsSync(`${path}.bak`)).toBe(false);
    await writeState(path, [Buffer.from(sound.slice(0, 50)), Buffer.from(sound.slice(50))]);
    expect(readFileSync(path, "utf8")).toBe(sound);
    expect(readFileSync(`${path}.bak`, "utf8")).toBe("{}");
    expect(readdirSync(dirname(path)).sort()).toEqual(["dev.json", "dev.json.bak"]);
    expect(await listStates(backend, project)).toEqual(["dev"]);
    expect((await readState(backend, project, stack))?.resources).toEqual([provider]);
  });

  test("an update leaves its history, with the checkpoint, and a backup", async () => {
    await recordUpdate(backend, project, stack, {
      ...{ kind: "update", startTime: 1, endTime: 2, message: "m", environment: {}, config: {} },
      ...{ version: 0, result: "succeeded", resourceChanges: { create: 1 } },
    });
    const history = readdirSync(join(backend.root, "history/p/dev")).sort();
    expect(history).toEqual([
      expect.stringMatching(/^dev-\d{19}\.checkpoint\.json$/),
      expect.stringMatching(/^dev-\d{19}\.history\.json$/),
    ]);
    const backups = readdirSync(join(backend.root, "backups/p/dev"));
    expect(backups).toEqual([expect.stringMatching(/^dev\.\d{19}\.json$/)]);
    expect(readFileSync(join(backend.root, "backups/p/dev", backups[0] ?? ""), "utf8")).toBe(sound);
  });

  test("reports a damaged state with the newest valid backup and the command that restores it", async () => {
    const older = await backUp(place);
    const newer = await backUp(place);
    utimesSync(older, 1, 1000);
    writeFileSync(newer, "also damaged");
    writeFileSync(`${path}.bak`, "damaged, too");
    writeFileSync(path, sound.slice(0, -10));
    const message = await readState(backend, project, stack).catch((error: Error) => error.message);
    expect(message).toMatch(/dev\.json is damaged: it is not valid JSON, line \d+, column \d+/);
    const [, from = "", to = ""] =
      /Nothing was changed.*\n {2}cp '(.*)' '(.*)'$/s.exec(String(message)) ?? [];
    expect([from, to]).toEqual([expect.stringContaining("backups/p/dev/dev."), path]);
    copyFileSync(from, to);
    expect(await readState(backend, project, stack)).toBeDefined();
  });

  test("treats a secret that cannot be decrypted as damage, and skips backups with the same damage", async () => {
    const secret = (ciphertext: string): string =>
      stateText([{ ...provider, outputs: { x: { [signatureKey]: signatures.secret, ciphertext } } }]);
    const crypter = await knownSecrets();
    await writeState(path, secret(crypter.encrypt('"seen"')));
    const backup = await backUp(place);
    await writeState(path, secret("v1:AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAA"));
    copyFileSync(path, `${path}.bak`);
    const file = await readState(backend, project, stack);
    await expect(openState(file as never, crypter, passphrase)).rejects.toThrow(
      new RegExp(`a secret of ${provider.urn}.*cp '${backup}'`, "s"),
    );
    copyFileSync(backup, path);
    const restored = await readState(backend, project, stack);
    const other = await openSecrets(undefined, passphrase);
    // A state with another salt than the given one is read with its own.
    expect((await openState(restored as never, other, passphrase)).resources[0]?.outputs?.x).toMatchObject({
      value: "seen",
    });
    await expect(openState(restored as never, other, "wrong")).rejects.toThrow("incorrect passphrase");
  });

  test("reports that there is no valid backup", async () => {
    const alone = { ...place, stack: "alone" };
    await writeState(statePath(backend, project, "alone"), "");
    await expect(readState(backend, project, alone.stack)).rejects.toThrow(
      /alone\.json is damaged: it is empty\nNothing was changed\. There is no valid backup/,
    );
  });

  test("rejects a compressed state instead of ignoring it", async () => {
    mkdirSync(join(backend.root, "stacks/p"), { recursive: true });
    writeFileSync(join(backend.root, "stacks/p/packed.json.gz"), "");
    await expect(readState(backend, project, "packed")).rejects.toThrow(/packed\.json\.gz is compressed/);
  });
});
