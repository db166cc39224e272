/** A stub of Azure and the real host in front of it, for one test file. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type AzureStub, canaries, startAzureStub } from "./azureStub";
import { type CallError, type DynamicHost, startDynamicHost } from "./dynamicHost";

/** How the engine writes a value it does not know yet. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** DiffResponse.changes. */
export const changes = { none: 1, some: 2 } as const;

export interface Stage {
  /** Working directory of the host. */
  home: string;
  azure: AzureStub;
  host: DynamicHost;
  /** Kills the host at once, as an out-of-memory killer would, and starts another. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "azureml-host-"));
  const azure = await startAzureStub(home);
  const transcripts: string[] = [];
  const stage: Stage = {
    home,
    azure,
    host: await startDynamicHost(home, azure.env),
    crash: async () => {
      transcripts.push(stage.host.everything());
      await stage.host.kill("SIGKILL");
      stage.host = await startDynamicHost(home, azure.env);
    },
    close: async () => {
      transcripts.push(stage.host.everything());
      await stage.host.kill();
      await azure.close();
      fs.rmSync(home, { recursive: true, force: true });
      expectNothingPrivate(transcripts.join("\n"), home);
    },
  };
  return stage;
}

/** No secret the stub gave out, no path of the machine: not in answers, not in errors, not in output. */
function expectNothingPrivate(everything: string, home: string): void {
  expect(everything.length).toBeGreaterThan(100);
  for (const secret of [...Object.values(canaries), "canary", home, process.cwd()]) {
    expect(everything).not.toContain(secret);
  }
}

/** The error a call ends with. */
export function failureOf(work: Promise<unknown>): Promise<CallError> {
  return work.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: CallError) => error,
  );
}
