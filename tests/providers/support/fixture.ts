/** A stub of Azure and a dynamic-provider host for one test file. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { startAzureStub } from "./azureStub";
import { type AzureStub, canaries } from "./azureStubTypes";
import { type CallError, type DynamicHost, startDynamicHost } from "./dynamicHost";

/** Pulumi's wire value for an output that is not known yet. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** Values of DiffResponse.changes. */
export const changes = { none: 1, some: 2 } as const;

export interface Fixture {
  /** Working directory of the host. */
  home: string;
  azure: AzureStub;
  host: DynamicHost;
  /** Kills the host with SIGKILL and starts a new one. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

export async function openFixture(): Promise<Fixture> {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "azureml-host-"));
  const azure = await startAzureStub(home);
  const transcripts: string[] = [];
  const fixture: Fixture = {
    home,
    azure,
    host: await startDynamicHost(home, azure.env),
    crash: async () => {
      transcripts.push(fixture.host.everything());
      await fixture.host.kill("SIGKILL");
      fixture.host = await startDynamicHost(home, azure.env);
    },
    close: async () => {
      transcripts.push(fixture.host.everything());
      await fixture.host.kill();
      await azure.close();
      fs.rmSync(home, { recursive: true, force: true });
      expectNothingPrivate(transcripts.join("\n"), home);
    },
  };
  return fixture;
}

/** Checks that no response, error or output contains a secret of the stub or a machine path. */
function expectNothingPrivate(everything: string, home: string): void {
  expect(everything.length).toBeGreaterThan(100);
  for (const secret of [...Object.values(canaries), "canary", home, process.cwd()]) {
    expect(everything).not.toContain(secret);
  }
}

/** Resolves with the error that a call fails with. */
export function failureOf(work: Promise<unknown>): Promise<CallError> {
  return work.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: CallError) => error,
  );
}
