import { type Azure, createAzure } from "./azure";
import type { AzureSession } from "../../azureml/clients/session";
import { AzureMlError, errorText } from "../../azureml/errors";
import { createHttp } from "../../azureml/http/http";
import { FIXTURES } from "./fixtures";
import { createLedger, type Ledger } from "./ledger";
import { inOrder, type Plan } from "./plan";
import { isCallProbe, type Need } from "./probe";
import { createRecorder, type Recorder } from "./recorder";
import { deleteAll } from "./removal";
import type { Assumption } from "./table";
import type { Target } from "./target";
import { NotSettled, Refuted, type Verdict } from "./verdict";

export interface Finding {
  assumption: Assumption;
  verdict: Verdict;
  /** Facts beside the verdict, such as another error code. */
  notes: readonly string[];
}

export interface RunResult {
  findings: readonly Finding[];
  /** Paths that could not be deleted, with the reason. */
  undeleted: readonly string[];
  recorder: Recorder;
  interrupted: boolean;
}

export interface RunOptions {
  session: AzureSession;
  target: Target;
  plan: Plan;
  /** Ends the probes; the deletion still happens. */
  signal?: AbortSignal;
  /** Wait between two reads of a job, in ms. Default: 10,000. */
  pollMs?: number;
  recorder?: Recorder;
  onProgress?: (line: string) => void;
}

/** Settles the plan's assumptions one after another, then deletes everything that the run created. */
export async function runContract(options: RunOptions): Promise<RunResult> {
  const { plan, target, signal, pollMs } = options;
  const log = options.onProgress ?? (() => undefined);
  const recorder = options.recorder ?? createRecorder();
  const session = {
    ...options.session,
    http: createHttp({ credential: options.session.credential, client: recorder.client }),
  };
  const ledger = createLedger();
  const { azure, state } = createAzure(session, target, ledger, { signal, pollMs });
  const fixtures = createFixtures(azure, recorder, log);
  const findings: Finding[] = plan.left.map(({ assumption, why }) => ({
    assumption,
    verdict: { outcome: "not settled", why, byChoice: true },
    notes: [],
  }));
  try {
    for (const [index, assumption] of plan.probes.entries()) {
      state.seen.length = state.notes.length = 0;
      const verdict = signal?.aborted
        ? unsettled("the run was interrupted")
        : await settle(assumption, azure, fixtures, recorder, state.seen);
      findings.push({ assumption, verdict, notes: [...state.notes] });
      log(`${index + 1}/${plan.probes.length} ${assumption.id}: ${verdict.outcome}`);
    }
  } finally {
    log("deleting what the run created");
  }
  const undeleted = await deleteEverything(session, target, ledger, recorder, { pollMs, log });
  return { findings, undeleted, recorder, interrupted: signal?.aborted === true };
}

async function settle(
  { id, probe }: Assumption,
  azure: Azure,
  fixtures: (needs: readonly Need[]) => Promise<void>,
  recorder: Recorder,
  seen: readonly string[],
): Promise<Verdict> {
  if (!isCallProbe(probe)) return unsettled(probe.notByCalls);
  try {
    await fixtures(probe.needs);
    await recorder.during(id, () => probe.run(azure));
  } catch (error) {
    if (error instanceof Refuted) return { outcome: "refuted", expected: error.expected, seen: error.seen };
    if (error instanceof NotSettled || error instanceof AzureMlError) return unsettled(error.message);
    if (error instanceof Error && error.name === "AbortError") return unsettled("the run was interrupted");
    return unsettled(`the probe failed: ${errorText(error)}`);
  }
  // A probe without a comparison would confirm anything.
  return seen.length > 0
    ? { outcome: "confirmed", seen: [...seen] }
    : unsettled("the probe compared nothing");
}

const unsettled = (why: string): Verdict => ({ outcome: "not settled", why, byChoice: false });

/** Creates shared resources on first use. A resource that cannot be created fails every probe that needs it. */
function createFixtures(
  azure: Azure,
  recorder: Recorder,
  log: (line: string) => void,
): (needs: readonly Need[]) => Promise<void> {
  const created = new Map<Need, Promise<void>>();
  return async (needs) => {
    for (const need of inOrder(needs)) {
      const existing = created.get(need);
      if (existing) await existing;
      else {
        log(`creating ${FIXTURES[need].what}`);
        const creation = recorder.during(`fixture-${need}`, () => FIXTURES[need].create(azure));
        created.set(need, creation);
        await creation;
      }
    }
  };
}

async function deleteEverything(
  session: AzureSession,
  target: Target,
  ledger: Ledger,
  recorder: Recorder,
  { pollMs, log }: { pollMs?: number; log: (line: string) => void },
): Promise<string[]> {
  // Without the signal: an interrupted run deletes, too.
  const { azure } = createAzure(session, target, createLedger(), { pollMs });
  return recorder.during("deletion", () => deleteAll(azure, ledger.entries(), log));
}
