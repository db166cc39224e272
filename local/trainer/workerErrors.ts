import { TrainerError } from "./contract";

/** An error as it is sent between threads: a structured clone would lose the class and its code. */
export interface WireError {
  code?: TrainerError["code"];
  message: string;
  stack?: string;
}

export function toWireError(error: unknown): WireError {
  if (error instanceof TrainerError) {
    return { code: error.code, message: error.message };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { message, stack };
}

export function fromWireError({ code, message, stack }: WireError): Error {
  if (code) {
    return new TrainerError(code, message);
  }
  const error = new Error(message);
  error.stack = stack ?? error.stack;
  return error;
}
