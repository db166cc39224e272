import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** What a request says about its origin. Names in lower case, as Node reports them. */
export interface RequestOrigin {
  method: string;
  headers: Record<string, string | string[] | undefined>;
}

/** Who may use the studio: whoever has opened the printed address, in the browser in which it was opened. */
export interface Access {
  /** Query of the printed address, good for one use. */
  oneTimeToken(): string;
  /** The value of a session cookie for a one-time token; `undefined` for a wrong or used one, which stays as it is. */
  exchange(token: string): string | undefined;
  /** Why a request is refused; `undefined` if it comes from the studio's own page or from the address bar. */
  refusal(request: RequestOrigin): string | undefined;
  hasSession(request: RequestOrigin): boolean;
  /** The Set-Cookie header of a session. */
  cookie(session: string): string;
}

/** Methods that change nothing, and that a browser sends without `Origin` for a page of the same origin (Fetch standard, "append a request Origin header"). */
const readOnly = ["GET", "HEAD"];

/**
 * Decides about requests to a server on a loopback address.
 *
 * A page of another site can send requests to it, and with DNS rebinding also read the answers under its own name. So the Host must be the
 * server's own, an Origin must be its own too, and is required for a change. Cookies ignore the port (RFC 6265, section 8.5): the
 * cookie's name contains it, so that two studios do not overwrite each other's session.
 * @param port the server's.
 */
export function createAccess(port: number): Access {
  const hosts = ["127.0.0.1", "localhost"].map((name) => `${name}:${port}`);
  const cookieName = `azureml_studio_${port}`;
  const sessions = new Set<string>();
  let token = secret();

  const first = ({ headers }: RequestOrigin, name: string): string | undefined => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(",") : value;
  };
  return {
    oneTimeToken: () => token,
    exchange: (given) => {
      if (!isSame(given, token)) return undefined;
      token = secret();
      const session = secret();
      sessions.add(session);
      return session;
    },
    refusal: (request) => {
      const host = first(request, "host");
      if (host === undefined || !hosts.includes(host))
        return `Host is ${JSON.stringify(host ?? "")}; allowed: ${hosts.join(", ")}`;
      const origin = first(request, "origin");
      if (origin === undefined)
        return readOnly.includes(request.method) ? undefined : `Origin is missing; required: http://${host}`;
      return origin === `http://${host}`
        ? undefined
        : `Origin is ${JSON.stringify(origin)}; allowed: http://${host}`;
    },
    hasSession: (request) => {
      const pairs = (first(request, "cookie") ?? "").split(";").map((pair) => pair.trim().split("="));
      return pairs.some(
        ([name, value]) =>
          name === cookieName && [...sessions].some((session) => isSame(value ?? "", session)),
      );
    },
    cookie: (session) => `${cookieName}=${session}; Path=/; HttpOnly; SameSite=Strict`,
  };
}

const secret = (): string => randomBytes(32).toString("base64url");

/** Hashes have the same length, which the comparison requires. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(hash(a), hash(b));
const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
