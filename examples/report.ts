/** The output of the examples: headings, aligned lines, a table, and claims that end an example if they are false. */

const LABEL_WIDTH = 40;

/** Prints the line above and below all steps. */
export function title(text: string): void {
  console.log(`\n${text}`);
}

/** Begins a step. */
export function heading(step: number, text: string): void {
  const line = `${step}  ${text}`;
  console.log(`\n${line}\n${'─'.repeat(line.length)}`);
}

/** Prints an action and its result. */
export function line(label: string, value: string): void {
  console.log(`   ${label.padEnd(LABEL_WIDTH)} ${value}`);
}

/** Prints a claim that was checked. */
export function claim(text: string, holds: boolean | (() => boolean)): void {
  if (!(typeof holds === 'function' ? holds() : holds))
    throw new Error(`the example claims that ${text}, and that is false`);
  console.log(`   ✓ ${text}`);
}

/** Prints rows in columns, numbers aligned right. The first row names the columns. */
export function table(rows: readonly (readonly (string | number | bigint)[])[]): void {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, c) => {
      widths[c] = Math.max(widths[c] ?? 0, String(cell).length);
    });
  }
  const isNumeric = widths.map((_, c) => rows.slice(1).every((row) => typeof row[c] !== 'string'));
  for (const row of rows) {
    const cells = row.map((cell, c) => {
      const text = String(cell);
      return isNumeric[c] === true ? text.padStart(widths[c]!) : text.padEnd(widths[c]!);
    });
    console.log(`   ${cells.join('  ').trimEnd()}`);
  }
}

/** A number of bytes, as people read it. */
export function bytesText(nbytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [amount, unit] = [nbytes, 0];
  while (Math.abs(amount) >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${amount.toFixed(unit === 0 || amount % 1 === 0 ? 0 : 1)} ${units[unit]}`;
}

/** Formats a time for readers. */
export function timeText(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${nanoseconds.toFixed(0)} ns`;
  if (nanoseconds < 1e6) return `${(nanoseconds / 1e3).toFixed(1)} µs`;
  return `${(nanoseconds / 1e6).toFixed(1)} ms`;
}

/** Starts to measure. @returns a function that returns the nanoseconds since then */
export function stopwatch(): () => number {
  const start = process.hrtime.bigint();
  return () => Number(process.hrtime.bigint() - start);
}

/** An address, as C prints it. */
export function addressText(address: bigint | number): string {
  return `0x${address.toString(16)}`;
}

/** Bytes that this process has in physical memory now. */
export function resident(): number {
  return process.memoryUsage.rss();
}
