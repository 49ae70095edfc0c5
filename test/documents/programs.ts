/**
 * Turns the code blocks of a Markdown document into programs. A block that begins with an import begins a program; any other
 * continues the one before it. Comments become checks: `// → text`, `// throws CODE: message`.
 */

/** A program from a document. */
export interface Program {
  /** The line of the document where its first block begins. */
  readonly line: number;
  readonly source: string;
}

/**
 * Reads the programs of a document.
 *
 * @param name - of the document, for messages of the program
 * @param expectations - where the program imports its checks from
 */
export function programsOf(name: string, markdown: string, expectations: string): Program[] {
  const programs: { line: number; lines: string[] }[] = [];
  for (const block of blocksOf(markdown)) {
    const checked = checkedLines(name, block);
    const last = programs.at(-1);
    if (last === undefined || block.lines[0]?.startsWith('import ')) {
      programs.push({ line: block.line, lines: checked });
    } else last.lines.push(...checked);
  }
  const head = `import { prints, shows, throwsError } from ${JSON.stringify(expectations)};`;
  return programs.map(({ line, lines }) => ({
    line,
    source: `${[head, ...lines].join('\n')}\nexport {};\n`,
  }));
}

interface Block {
  readonly line: number;
  readonly lines: string[];
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  markdown.split('\n').forEach((text, i) => {
    if (open !== null) {
      if (text.startsWith('```')) open = null;
      else open.lines.push(text);
    } else if (/^```(ts|js)$/.test(text)) {
      open = { line: i + 2, lines: [] };
      blocks.push(open);
    }
  });
  return blocks;
}

const PROMISE = /^(\s*)(.*?)\s*\/\/ (→|throws) (.+)$/;

function checkedLines(name: string, { line, lines }: Block): string[] {
  const result: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const found = PROMISE.exec(lines[i]!);
    if (found === null) {
      result.push(lines[i]!);
      continue;
    }
    const [, , code, kind, first] = found;
    const place = `${name}:${line + i}`;
    // A comment on its own line is about the line before it; its text continues below, indented.
    const statement = code === '' ? result.pop() : code;
    if (statement === undefined) throw new Error(`${place}: a promise about nothing`);
    const text = [first!];
    while (/^\s*\/\/ {3}/.test(lines[i + 1] ?? '')) text.push(lines[++i]!.replace(/^\s*\/\/ {3}/, ''));
    result.push(...checkedStatement(place, statement.trim(), kind!, text.join('\n')));
  }
  return result;
}

function checkedStatement(place: string, statement: string, kind: string, text: string): string[] {
  const bare = statement.replace(/;$/, '');
  const at = JSON.stringify(place);
  if (kind === 'throws') {
    const [, code, message = ''] = /^(\S+?)(?:: (.*))?$/.exec(text) ?? [];
    return [`throwsError(${at}, () => { ${bare}; }, ${JSON.stringify(code)}, ${JSON.stringify(message)});`];
  }
  const expected = JSON.stringify(text);
  const printed = /^console\.log\((.*)\)$/.exec(bare);
  if (printed !== null) return [`prints(${at}, [${printed[1]}], ${expected});`];
  const declared = /^(?:const|let|using) (\w+)\b/.exec(bare);
  if (declared !== null) return [`${bare};`, `shows(${at}, ${declared[1]}, ${expected});`];
  return [`shows(${at}, ${bare}, ${expected});`];
}
