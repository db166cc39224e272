import { accessErrors } from "./catalogue/access";
import { assetErrors } from "./catalogue/assets";
import { operationErrors } from "./catalogue/operations";
import { servingErrors } from "./catalogue/serving";
import { trainingErrors } from "./catalogue/training";

/**
 * All errors of the Azure ML clients, dynamic resources and operations: one entry per code (catalogue/). A message is
 * complete by itself, because the dynamic-provider host forwards only the message:
 * `[Code] property: value seen; what is allowed. What to do next.`
 */
export const errorCatalogue = {
  ...accessErrors,
  ...assetErrors,
  ...trainingErrors,
  ...servingErrors,
  ...operationErrors,
};

export type ErrorCode = keyof typeof errorCatalogue;

type Names<T extends string> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;

/** The parameters of a code's message and remedy. */
type ErrorParameters<C extends ErrorCode> = Record<
  Names<(typeof errorCatalogue)[C]["message"] | (typeof errorCatalogue)[C]["remedy"]>,
  string | number
>;

/** An error of the catalogue. `message` is complete for a person; `cause` is the original error. */
export class AzureMlError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "AzureMlError";
  }
}

/** The complete message of an error code. */
export function errorMessage<C extends ErrorCode>(code: C, parameters: ErrorParameters<C>): string {
  const values = parameters as Record<string, string | number>;
  const fill = (text: string): string =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? "unknown"));
  const { message, remedy } = errorCatalogue[code];
  const what = fill(message);
  return `[${code}] ${what}${/[.!?]$/.test(what) ? "" : "."} ${fill(remedy)}`;
}

/** Creates an error of the catalogue. */
export function azureMlError<C extends ErrorCode>(
  code: C,
  parameters: ErrorParameters<C>,
  options?: ErrorOptions,
): AzureMlError {
  return new AzureMlError(code, errorMessage(code, parameters), options);
}

/** The message of any thrown value, without a stack. */
export function errorText(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return typeof error === "string" ? error : JSON.stringify(error);
}
