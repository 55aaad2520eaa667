import { expect, test } from "vitest";
import { problemBehind, problemOf, problemText, RequestFailed } from "./problem.ts";

test("a problem document is told as title and detail", () => {
  const problem = problemOf(404, { title: "No stage of that name", detail: "bata; did you mean beta?" });
  expect(problemText(problem)).toBe("No stage of that name: bata; did you mean beta?");
});

test.each([undefined, null, "<html>", 7, { title: 7 }])("a body like %j is not shown", (body) => {
  expect(problemText(problemOf(502, body))).toBe("The server answered with status 502.");
});

test("who may not is told what is needed", () => {
  expect(problemText(problemOf(401, {}))).toContain("does not accept this token");
  expect(problemText(problemOf(403, { title: "Not allowed" }))).toBe(
    "Not allowed. This needs a token with the role viewer or higher.",
  );
});

test("what is thrown without an answer is a server that does not answer", () => {
  expect(problemBehind(new TypeError("fetch failed"))).toEqual({ status: 0, title: "The server does not answer" });
  const problem = problemOf(500, {});
  expect(problemBehind(new RequestFailed(problem))).toBe(problem);
});
