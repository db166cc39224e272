import type { Job } from "../../azureml/clients/jobs";
import type { AzureSession } from "../../azureml/clients/session";
import { withShortWait } from "../../azureml/clients/shortWait";
import { AzureMlError } from "../../azureml/errors";
import { hasUnknown } from "../shared/unknownValues";
import { findJob } from "./claim";
import type { JobInputs } from "./inputs";

/** What a create or an update with these inputs would find. A preview shows it, because it decides whether GPU time is billed. */
export type LookAhead =
  /** A training starts. `failed` are the earlier attempts with these inputs. */
  | { kind: "submit"; name: string; attempt: number; failed: Job[] }
  /** `adopt`: the job has completed; `attach`: it is running. */
  | { kind: "adopt" | "attach"; name: string; job: Job }
  /** A job of the name that was submitted for other inputs, or too many failed attempts. The create fails with this message. */
  | { kind: "refused"; message: string }
  /** The job's name depends on values that are not known yet, or the service did not answer. */
  | { kind: "unknown" };

/**
 * Looks for the job of these inputs. Only reads, and does not fail: what keeps it from an answer is reported by the create,
 * which repeats the look-up.
 * @param firstAttempt the attempt that the resource used last; earlier ones may have been deleted.
 */
export async function lookAhead(
  session: () => Promise<AzureSession>,
  inputs: Pick<JobInputs, "workspace" | "namePrefix" | "specHash">,
  firstAttempt = 1,
): Promise<LookAhead> {
  const { workspace, namePrefix, specHash } = inputs;
  if (hasUnknown([workspace, namePrefix, specHash])) return { kind: "unknown" };
  try {
    const { job, name, attempt, decision, failed } = await findJob(
      withShortWait(await session()),
      inputs,
      firstAttempt,
    );
    if (!job || decision === "submit") return { kind: "submit", name, attempt, failed };
    return { kind: decision, name, job };
  } catch (error) {
    if (!(error instanceof AzureMlError)) throw error;
    const isRefusal = error.code === "ForeignJob" || error.code === "TooManyAttempts";
    return isRefusal ? { kind: "refused", message: error.message } : { kind: "unknown" };
  }
}
