import { expect, test } from "vitest";
import { fillIn, placeholderProblem } from "./placeholders.ts";

const subject = { app: "myapp", stage: "beta", version: "1.2.3+a" };

test("puts in what is measured, and nothing for what is not there", () => {
  expect(fillIn(`\${app}/\${stage}?v=\${version}&p=\${previous}`, subject)).toBe("myapp/beta?v=1.2.3+a&p=");
  expect(fillIn(`v=\${version}`, subject, encodeURIComponent)).toBe("v=1.2.3%2Ba");
});

test("leaves secrets to whoever has them", () => {
  expect(fillIn(`Bearer \${secret:TOKEN}`, subject)).toBe(`Bearer \${secret:TOKEN}`);
});

test("a placeholder that stands for nothing is told with those that do", () => {
  expect(placeholderProblem(`up{version="\${version}"}`)).toBeUndefined();
  expect(placeholderProblem(`v=\${verison}`)).toBe(
    `names \${verison}, which stands for nothing; known are \${app}, \${stage}, \${version}, \${previous}`,
  );
  expect(placeholderProblem(`\${secret:TOKEN}`)).toMatch(/^names/);
  expect(placeholderProblem(`\${secret:TOKEN}`, { secrets: true })).toBeUndefined();
});
