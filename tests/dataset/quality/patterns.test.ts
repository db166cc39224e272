import { isEmptyAnswer, isRefusal } from "../../../dataset/quality/answers";
import { passesLuhn, personalDataIn } from "../../../dataset/quality/personalData";
import { RowScanner } from "../../../dataset/quality/rowScanner";
import { hasSecret } from "../../../dataset/quality/secrets";

function traitsOf(text: string): RowScanner["traits"] {
  const scanner = new RowScanner();
  scanner.begin();
  scanner.text(text, 1, true);
  return scanner.traits;
}
const personal = (text: string): string[] => personalDataIn(text, traitsOf(text));
const secret = (text: string): boolean => hasSecret(text, traitsOf(text));
/** Written in parts, so that no scanner of this repository takes it for a key. */
const joined = (...parts: string[]): string => parts.join("");

test("finds e-mail addresses, except those of names reserved for documentation", () => {
  expect(personal("Write to jane.doe+x@contoso.co.uk, please.")).toEqual(["emails"]);
  expect(personal("Schreib an jörg@müller.de!")).toEqual(["emails"]);
  for (const text of ["user@example.com", "a@b.test", "root@localhost", "@mention and 3 @ 4", "name@host"])
    expect(personal(text)).toEqual([]);
});

test("finds telephone numbers in international and North American form", () => {
  for (const text of [
    "+49 30 901820",
    "call +442079460958 now",
    "(212) 736-5000",
    "212-736-5000",
    "+1 (212) 736-5000",
  ])
    expect(personal(text)).toEqual(["phoneNumbers"]);
  for (const text of [
    "1+2345678",
    "2024-10-05 and 1999-01-01",
    "0.123456789",
    "212-555-0123",
    "ISO 12345678",
  ])
    expect(personal(text)).toEqual([]);
});

test("finds card numbers by issuer, length and check digit", () => {
  for (const text of ["4111 1111 1111 1111", "5555555555554444", "3782-822463-10005", "6011111111111117."])
    expect(personal(text)).toContain("cardNumbers");
  for (const text of [
    "4111 1111 1111 1112",
    "1234567812345670",
    "0.4111111111111111",
    "41111111111111110000000",
  ])
    expect(personal(text)).not.toContain("cardNumbers");
  expect(passesLuhn("79927398713")).toBe(true);
  expect(passesLuhn("79927398710")).toBe(false);
});

test("finds keys and tokens of common services, private keys and passwords in URLs", () => {
  const secrets = [
    joined("AKIA", "QWERTYUIOP234567"),
    joined("ghp_", "a1B2".repeat(9)),
    joined("sk-proj-", "Ab12".repeat(12)),
    joined("hf_", "abCdEfGhIj".repeat(3), "abcd"),
    joined("AIza", "Sy1_".repeat(8), "abc"),
    joined("AccountName=x;AccountKey=", "Ab1cDe2fGh3i+Jk4".repeat(5), "Lm5nOp=="),
    joined("https://x.blob.core.windows.net/c?sv=1&sig=", "aB3cD4eF5gH6%2B".repeat(4)),
    joined("eyJ", "hbGciOiJIUzI1NiJ9", ".eyJ", "zdWIiOiIxMjM0NTY3ODkwIn0", ".", "dozjgNryP4J3jVmN"),
    joined("-----BEGIN RSA PRIVATE", " KEY-----\n", "MIIEpAIBAAKCAQEA".repeat(8), "\n"),
    joined("postgres://admin:", "hunter22", "@db.contoso.com/x"),
  ];
  for (const text of secrets)
    expect([text.slice(0, 12), secret(`Use ${text} here`)]).toEqual([text.slice(0, 12), true]);
  for (const text of [
    joined("AKIA", "IOSFODNN7EXAMPLE"),
    "a sk-learn-compatible estimator with 1234567890 rows",
    "550e8400-e29b-41d4-a716-446655440000",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "https://user:<password>@host",
    "see https://contoso.com/a@b",
  ])
    expect([text, secret(text)]).toEqual([text, false]);
});

test("recognizes refusals by their beginning and answers without content", () => {
  for (const text of [
    "I'm sorry, but I can't help with that.",
    "I’m sorry, but as an AI language model I cannot browse.",
    "As an AI language model, I don't have personal opinions.",
    "I cannot assist with this request.",
    "Unfortunately, I am unable to provide that.",
  ])
    expect([text, isRefusal(text)]).toEqual([text, true]);
  for (const text of [
    "I'm sorry to hear that! Try to rest.",
    "As an artist, he painted.",
    "I cannot wait to see it!",
  ])
    expect([text, isRefusal(text)]).toEqual([text, false]);
  for (const text of [" \n", "...", "N/A", "none", "null."])
    expect(isEmptyAnswer(text, traitsOf(text).hasWord)).toBe(true);
  for (const text of ["No", "42", "日本", "none of them is right"])
    expect(isEmptyAnswer(text, traitsOf(text).hasWord)).toBe(false);
});

test("a fingerprint ignores white space, but no other character", () => {
  const print = (text: string): number => {
    const scanner = new RowScanner();
    scanner.begin();
    scanner.text(text, 1, true);
    return scanner.fingerprint();
  };
  expect(print("a b\n\n c ")).toBe(print("a  b c"));
  const texts = ["a b", "A b", "a-b", "a+b", "a b.", "b a", "é b", "e b", "", "日本", "本日", "😀", "😁"];
  expect(new Set(texts.map(print)).size).toBe(texts.length);
});
