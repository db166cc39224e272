import type { Job } from "../../azureml/clients/jobs";
import type { AzureSession } from "../../azureml/clients/session";
import { AzureMlError } from "../../azureml/errors";
import { hasUnknown } from "../shared/unknownValues";
import { findJob } from "./claim";
import type { JobInputs } from "./inputs";

/** What a create or an update with these inputs would find. A preview shows it, because it decides whether GPU time is billed. */
export type LookAhead =
  /** `submit`: a training starts; `failed` are the earlier attempts with these inputs. */
  | { kind: "submit"; name: string; attempt: number; failed: Job[] }
  /** `adopt`: the job has completed; `attach`: it is running. */
  | { kind: "adopt" | "attach"; name: string; attempt: number; job: Job }
  /** A job of the name that was submitted for other inputs, or after too many attempts. The create refuses it by name. */
  | { kind: "refused" }
  /** The job's name depends on values that are not known yet, or the service did not answer. */
  | { kind: "unknown" };

type Identity = Pick<JobInputs, "workspace" | "namePrefix" | "specHash">;

/**
 * Looks for the job of these inputs. Only reads, and does not fail: what keeps it from an answer is reported by the create,
 * which repeats the look-up.
 * @param firstAttempt the attempt that the resource used last; earlier ones may have been deleted.
 */
export async function lookAhead(
  session: AzureSession,
  { workspace, namePrefix, specHash }: Identity,
  firstAttempt = 1,
): Promise<LookAhead> {
  if (hasUnknown([workspace, namePrefix, specHash])) return { kind: "unknown" };
  try {
    const { decision, job, ...found } = await findJob(
      session,
      { workspace, namePrefix, specHash },
      firstAttempt,
    );
    if (decision === "submit" || !job) return { kind: "submit", ...found };
    return { kind: decision, name: found.name, attempt: found.attempt, job };
  } catch (error) {
    if (!(error instanceof AzureMlError)) throw error;
    return { kind: ["ForeignJob", "TooManyAttempts"].includes(error.code) ? "refused" : "unknown" };
  }
}
