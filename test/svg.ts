/** Reads an SVG of the library strictly: text that is not well-formed, or that the library never writes, is an error. */

/** An element that was read. */
export interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The text right after the opening tag, its references resolved. */
  text: string;
}

const TOKEN =
  /<([a-zA-Z]+)((?: [a-zA-Z:-]+="(?:[^"<&]|&#\d+;)*")*)(\/?)>|<\/([a-zA-Z]+)>|((?:[^<&]|&#\d+;)+)/gy;

function resolved(text: string): string {
  // Of the control characters XML allows only these.
  const illegal = /[^\P{C}\n]/u.exec(text);
  if (illegal !== null) throw new Error(`a control character: ${JSON.stringify(illegal[0])}`);
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

/** All elements of a well-formed document, in their order. */
export function readSvg(svg: string): Tag[] {
  const tags: Tag[] = [];
  const open: Tag[] = [];
  let end = 0;
  for (const [token, name, list, closing, closed, text] of svg.matchAll(TOKEN)) {
    end += token.length;
    if (name !== undefined) {
      const pairs = [...list!.matchAll(/ ([a-zA-Z:-]+)="([^"]*)"/g)].map(([, key, value]) => [
        key,
        resolved(value!),
      ]);
      const attributes: Record<string, string> = Object.fromEntries(pairs);
      if (pairs.length !== Object.keys(attributes).length) throw new Error(`an attribute twice: ${token}`);
      const tag: Tag = { name, attributes, text: '' };
      tags.push(tag);
      if (closing === '') open.push(tag);
    } else if (closed !== undefined) {
      if (open.pop()?.name !== closed) throw new Error(`${token} closes what is not open`);
      if (open.length === 0) break;
    } else {
      const inside = open.at(-1);
      if (inside === undefined) throw new Error(`text outside of the document: ${text}`);
      if (inside.text === '') inside.text = resolved(text!);
    }
  }
  if (open.length > 0 || svg.slice(end) !== '\n')
    throw new Error(`not well-formed at ${svg.slice(end, end + 60)}`);
  return tags;
}

/** The texts of a picture, in their order. */
export function textsOf(svg: string): string[] {
  return readSvg(svg)
    .filter(({ name }) => name === 'text')
    .map(({ text }) => text);
}

/** The parts of a picture that exceed its edges. Texts count as wide as in a font with the widest usual characters. */
export function overhanging(svg: string): string[] {
  const tags = readSvg(svg);
  const [root] = tags;
  const width = Number(root!.attributes.width);
  const height = Number(root!.attributes.height);
  return tags.flatMap(({ name, attributes, text }) => {
    if (name !== 'text' && name !== 'rect') return [];
    if (attributes.transform !== undefined) return [];
    const x = Number(attributes.x);
    const y = Number(attributes.y);
    const size = Number(attributes['font-size'] ?? 12);
    const extent = name === 'rect' ? Number(attributes.width) : [...text].length * size * 0.61;
    const anchor = attributes['text-anchor'];
    const left = anchor === 'middle' ? x - extent / 2 : anchor === 'end' ? x - extent : x;
    const bottom = name === 'rect' ? y + Number(attributes.height) : y;
    const isInside = left >= -0.5 && left + extent <= width + 0.5 && y >= 0 && bottom <= height + 0.5;
    return isInside && [left, extent, y, bottom].every(Number.isFinite)
      ? []
      : [`${name} ${text} at ${left}, ${y}, ${extent} wide, of ${width} × ${height}`];
  });
}
