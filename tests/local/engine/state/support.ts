import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StatePlace } from "../../../../local/engine/state/backend";
import { openSecrets, type Crypter } from "../../../../local/engine/state/secrets";
import type { ResourceState } from "../../../../local/engine/state/state";
import type { Value } from "../../../../local/engine/values/values";

export const urn = (name: string, type = "t:m:T"): string => `urn:pulumi:dev::p::${type}::${name}`;

export const provider: ResourceState = {
  urn: urn("default", "pulumi:providers:t"),
  custom: true,
  type: "pulumi:providers:t",
  id: "1",
};

/** A resource of the provider above. */
export function resource(name: string, more: Partial<ResourceState> = {}): ResourceState {
  return { urn: urn(name), custom: true, type: "t:m:T", id: name, provider: `${provider.urn}::1`, ...more };
}

/** A temporary backend; removed after all tests of the file. */
export function temporaryPlace(): StatePlace & { folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "state-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, backend: { root: join(folder, ".pulumi") }, project: "p", stack: "dev" };
}

const salt = "v1:XHolBol+U8I=:v1:z3iAuiUW4FOlvkV2:EQJFrA+4XzgBGTByniHBjmAnDHh27A==";
export const passphrase = "local";

/** Secrets with a salt that the Pulumi CLI created. */
export function knownSecrets(): Promise<Crypter> {
  return openSecrets(salt, passphrase);
}

/** A checkpoint file as the Pulumi CLI writes it, with these resources. */
export function stateText(
  resources: unknown[],
  latest: Record<string, unknown> = {},
  file: Record<string, unknown> = {},
): string {
  const version = "v3.248.0";
  const magic = createHash("sha256").update(version).digest("hex");
  return JSON.stringify(
    {
      version: 3,
      checkpoint: {
        stack: "organization/p/dev",
        latest: {
          manifest: { time: "2026-01-01T00:00:00Z", magic, version },
          secrets_providers: { type: "passphrase", state: { salt } },
          resources,
          metadata: {},
          ...latest,
        },
      },
      ...file,
    },
    null,
    4,
  );
}

export type Values = { [key: string]: Value };
