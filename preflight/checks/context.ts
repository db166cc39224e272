import type { StackIdentity } from "../../azureml/names";
import { errorText } from "../../azureml/errors";
import { isUnavailable } from "../../azureml/http/failure";
import type { Problem } from "../../azureml/problem";
import type { StackConfig } from "../../config/stackConfig";
import { DatasetError } from "../../dataset/errors";
import type { PreflightCloud } from "../cloud";

/** Collects the problems of all checks. */
export class ProblemCollector {
  readonly problems: Problem[] = [];
  /** What needs attention, and answers that are missing because a registry or the hub is down. They stop nothing. */
  readonly warnings: string[] = [];

  constructor(private readonly project: string) {}

  /** Full name of a setting: `azureml-finetune:compute.size`. */
  key(name: string): string {
    return `${this.project}:${name}`;
  }

  add(problem: Problem): void {
    this.problems.push(problem);
  }

  /**
   * Result of a request, or `undefined` if it failed. The failure becomes a problem of `property`.
   * @param propertyOf the full name of the setting that an error is about, if that is another one.
   */
  async attempt<T>(
    property: string,
    request: () => Promise<T>,
    propertyOf: (error: unknown) => string = () => property,
  ): Promise<T | undefined> {
    try {
      return await request();
    } catch (error) {
      this.fail(propertyOf(error), error);
      return undefined;
    }
  }

  /**
   * As `attempt`, for a registry or the hub. If it is down, that is a warning: a deployed stack has pinned what it
   * needs from there, and preflight cannot read the state. Without a pin, the step that needs the answer fails.
   * @param setting what is checked, such as `dataset`.
   * @param settingOf the part of it that an error is about.
   */
  async attemptIfAvailable<T>(
    setting: string,
    request: () => Promise<T>,
    settingOf: (error: unknown) => string = () => setting,
  ): Promise<T | undefined> {
    try {
      return await request();
    } catch (error) {
      if (!isUnavailable(error) && !isHubUnavailable(error)) {
        this.fail(this.key(settingOf(error)), error);
        return undefined;
      }
      this.warnings.push(
        `${this.key(setting)} could not be checked: ${errorText(error)} A stack that is already deployed does not need the answer.`,
      );
      return undefined;
    }
  }

  /** Adds a failure as a problem of `property`. */
  fail(property: string, error: unknown): void {
    const { remedy } = error as { remedy?: unknown };
    this.add({ property, seen: errorText(error), ...(typeof remedy === "string" ? { remedy } : {}) });
  }
}

function isHubUnavailable(error: unknown): boolean {
  return error instanceof DatasetError && (error.code === "HubUnreachable" || error.code === "HubRefused");
}

/**
 * A size that Azure offers no longer, or not in the region. A new stack is refused. A stack that was deployed before is
 * not: it must still be possible to look at it and to change something else. Phase two of preflight decides (sizeVerdict),
 * because only the pinned model shows how old the stack is.
 */
export interface SizeFinding {
  problem: Problem;
  /** YYYY-MM-DD if the size is retired. */
  retiredOn?: string;
}

/** What every check gets. */
export interface CheckContext {
  config: StackConfig;
  identity: StackIdentity;
  cloud: PreflightCloud;
  report: ProblemCollector;
  /** Notes for the person who deploys. */
  notes: string[];
  /** Retired and unlisted sizes. Whether they are refused is decided when the pinned model is known. */
  sizes: SizeFinding[];
  /** Name of the stack's endpoint, empty until it is chosen (endpointName.ts). */
  endpointName: string;
}
