/**
 * C declarations to types: specifiers, structs, enums and typedefs. A declaration that is valid C but not a format becomes a refused type, so that
 * the rest of the header can be read.
 */
import { shown } from '../../errors.js';
import { askedBy, atAttribute, type CAttributes, noAttributes, readAttributes } from './attributes.js';
import { keywordType, typeKeyword } from './base-types.js';
import { type Constant, type ConstantContext, constantExpression } from './constant.js';
import { bitField, isQualifier, readDeclarator } from './declarator.js';
import { enumOf, modeType } from './integers.js';
import { Refusal, type SourcePosition, unreadable } from './refusal.js';
import type { Scope } from './scope.js';
import type { Tokens } from './tokens.js';
import {
  type CType,
  type DataModel,
  type Declared,
  refusedType,
  structType,
  unionType,
  withAlign,
} from './type.js';

const MAX_LEVELS = 64;
const STORAGE =
  /^(?:extern|static|register|auto|inline|__inline|__inline__|_Noreturn|_Thread_local|__thread|constexpr)$/;

interface Specifiers {
  readonly type: CType;
  readonly attributes: CAttributes;
  readonly isTypedef: boolean;
  /** Whether it defines or names a struct, union or enum, so that no declarator need follow. */
  readonly tagged: boolean;
}

/** Reads the declarations of one text. */
export class DeclarationParser implements ConstantContext {
  readonly scope: Scope;
  readonly #tokens: Tokens;
  readonly #lenient: boolean;
  #level = 0;

  /**
   * @param scope - where the names go; a further parser may read on in it
   * @param lenient - whether declarations that can't be read are passed, and their names refused
   */
  constructor(tokens: Tokens, scope: Scope, lenient: boolean) {
    this.#tokens = tokens;
    this.#lenient = lenient;
    this.scope = scope;
  }

  get model(): DataModel {
    return this.scope.model;
  }

  /**
   * Reads all declarations.
   *
   * @throws TypeError `ERR_FORMAT` for text that is not C; in the output of a preprocessor a declaration that can't be read is
   *   refused by its names
   */
  run(): void {
    const tokens = this.#tokens;
    while (!tokens.ended) {
      const start = tokens.peek().position;
      const back = this.#lenient ? tokens.save() : null;
      try {
        this.#declaration();
      } catch (error) {
        if (back === null || !(error instanceof TypeError && 'code' in error)) throw error;
        this.#level = 0;
        back();
        this.#skipDeclaration(
          new Refusal(
            start,
            `begins a declaration that cdef does not read (${error.message.replace(/^cdef: /, '')})`,
          ),
        );
      }
    }
  }

  /** Passes a declaration, and refuses its tags and its last name. */
  #skipDeclaration(refusal: Refusal): void {
    const tokens = this.#tokens;
    let last: string | null = null;
    let before = '';
    while (!tokens.ended) {
      if (tokens.isMark('{')) {
        tokens.skipBalanced();
        // A function's body ends it; the braces of a type do not.
        if (before === ')') break;
        before = '}';
        continue;
      }
      const token = tokens.take();
      if (token.kind === 'mark' && token.text === ';') break;
      if (token.kind === 'word') {
        if (/^(?:struct|union|enum)$/.test(before)) this.scope.refuse(token.text, refusal);
        last = token.text;
      }
      before = token.text;
    }
    if (last !== null) this.scope.refuse(last, refusal);
  }

  #declaration(): void {
    const tokens = this.#tokens;
    if (tokens.takeMark(';')) return;
    if (this.#assertion()) return;
    const { type, attributes, isTypedef, tagged } = this.#specifiers();
    if (tokens.takeMark(';')) {
      if (!tagged) throw unreadable(tokens.peek().position, 'has a declaration without a name');
      return;
    }
    for (;;) {
      const declarator = readDeclarator(tokens, this, type);
      if (declarator.name === null) {
        throw unreadable(declarator.position, `has ${tokens.shownNext()} where a name must come`);
      }
      if (isTypedef) {
        const align = askedBy(attributes, declarator.attributes).align;
        const mode = declarator.attributes.mode ?? attributes.mode;
        const aimed = mode === null ? declarator.type : modeType(declarator.type, mode, declarator.position);
        this.scope.defineType(declarator.name, withAlign(aimed, align), declarator.position);
      } else if (declarator.type.kind === 'incomplete' && declarator.type.isFunction && tokens.isMark('{')) {
        tokens.skipBalanced();
        return;
      } else if (tokens.takeMark('=')) {
        this.#skipInitializer();
      }
      if (tokens.takeMark(';')) return;
      if (!tokens.takeMark(',')) {
        throw unreadable(tokens.peek().position, `has ${tokens.shownNext()} where ";" must come`);
      }
    }
  }

  #skipInitializer(): void {
    const tokens = this.#tokens;
    while (!tokens.isMark(',') && !tokens.isMark(';') && !tokens.ended) {
      if (tokens.isMark('(') || tokens.isMark('{') || tokens.isMark('[')) tokens.skipBalanced();
      else tokens.take();
    }
  }

  /** `_Static_assert(…);`, where it comes next. */
  #assertion(): boolean {
    const tokens = this.#tokens;
    const { kind, text, position } = tokens.peek();
    if (kind !== 'word' || (text !== '_Static_assert' && text !== 'static_assert')) return false;
    tokens.take();
    tokens.expect('(');
    const { value } = constantExpression(tokens, this);
    let message = '';
    if (tokens.takeMark(',')) {
      while (tokens.peek().kind === 'string') message += tokens.take().text.slice(1, -1);
    }
    tokens.expect(')');
    tokens.expect(';');
    if (value === 0n) {
      throw unreadable(
        position,
        `has a _Static_assert that is false${message === '' ? '' : `: ${shown(message)}`}`,
      );
    }
    return true;
  }

  #specifiers(): Specifiers {
    const tokens = this.#tokens;
    const attributes = noAttributes();
    const keywords: string[] = [];
    let type: CType | null = null;
    let isTypedef = false;
    let tagged = false;
    const { position } = tokens.peek();
    for (;;) {
      const token = tokens.peek();
      if (atAttribute(tokens)) {
        readAttributes(tokens, this, attributes);
        continue;
      }
      if (token.kind !== 'word') break;
      const word = token.text;
      const keyword = typeKeyword(word);
      if (word === 'typedef') isTypedef = true;
      else if (word === '_Atomic' && tokens.peekSecond().text === '(' && type === null) {
        tokens.take();
        tokens.take();
        type = this.typeName();
        tokens.expect(')');
        continue;
      } else if (STORAGE.test(word) || isQualifier(word)) {
        // Neither changes a layout.
      } else if (type === null && (word === 'struct' || word === 'union' || word === 'enum')) {
        tokens.take();
        type = word === 'enum' ? this.#enum() : this.#record(word, position);
        tagged = true;
        continue;
      } else if (type === null && keyword !== undefined) {
        if (keywords.length >= 5) throw unreadable(token.position, 'has a type of too many words');
        keywords.push(keyword);
      } else if (type === null && keywords.length === 0 && /^(?:__)?typeof(?:__)?$/.test(word)) {
        tokens.take();
        tokens.skipBalanced();
        type = refusedType(token.position, 'has a type by "typeof", which cdef does not follow');
        continue;
      } else if (type === null && keywords.length === 0) {
        type = this.scope.typeNamed(word) ?? null;
        if (type === null) throw unreadable(token.position, `has no type ${shown(word)}`);
      } else break;
      tokens.take();
    }
    if (type === null) {
      type = keywordType(keywords, this.model, position);
      if (type === null) {
        const what = keywords.length === 0 ? tokens.shownNext() : shown(keywords.join(' '));
        throw unreadable(position, `has ${what} where a type must come`);
      }
    }
    return { type, attributes, isTypedef, tagged };
  }

  /** A struct or union after its keyword. */
  #record(keyword: 'struct' | 'union', start: SourcePosition): CType {
    const tokens = this.#tokens;
    const attributes = noAttributes();
    readAttributes(tokens, this, attributes);
    const tag = tokens.peek().kind === 'word' ? tokens.word() : null;
    readAttributes(tokens, this, attributes);
    if (!tokens.isMark('{')) {
      if (tag === null)
        throw unreadable(tokens.peek().position, `has ${tokens.shownNext()} where "{" must come`);
      return this.scope.tagged(keyword, tag);
    }
    if (this.#level >= MAX_LEVELS)
      throw unreadable(tokens.peek().position, `nests deeper than ${MAX_LEVELS} levels`);
    const { pack } = tokens;
    tokens.take();
    this.#level++;
    const members = this.#members();
    this.#level--;
    readAttributes(tokens, this, attributes);
    const asked = { align: attributes.align, packed: attributes.packed };
    const title = tag === null ? `the ${keyword} without a tag` : `${keyword} ${shown(tag)}`;
    let type =
      keyword === 'struct'
        ? structType(title, members, asked, pack)
        : unionType(title, members, asked, pack, start);
    if (typeof type === 'string') throw unreadable(start, `has ${title}, which ${type}`);
    if (attributes.lastAlign !== attributes.align) {
      // GCC obeys the last one, Clang the largest.
      type = refusedType(start, `has ${title} with two "aligned", about which compilers differ`);
    }
    if (tag !== null) this.scope.defineTag(keyword, tag, type, start);
    return type;
  }

  /** The members of a struct, past the brace that closes it. */
  #members(): Declared[] {
    const tokens = this.#tokens;
    const members: Declared[] = [];
    while (!tokens.takeMark('}')) {
      if (tokens.ended) throw unreadable(tokens.peek().position, 'has no closing "}"');
      if (tokens.takeMark(';') || this.#assertion()) continue;
      const { position } = tokens.peek();
      const { type, attributes, tagged } = this.#specifiers();
      if (tokens.takeMark(';')) {
        if (!tagged) throw unreadable(position, 'has a member without a name');
        // A tag alone declares a type, a struct without one is an anonymous member.
        const anonymous = type.kind !== 'incomplete' && !this.#isTag(type);
        if (anonymous && type.kind !== 'scalar') {
          members.push({ name: null, type, asked: askedBy(attributes, noAttributes()), position });
        }
        continue;
      }
      for (;;) {
        const declarator = tokens.isMark(':') ? null : readDeclarator(tokens, this, type);
        const name = declarator?.name ?? null;
        const bits = bitField(tokens, this, name);
        const own = declarator?.attributes ?? noAttributes();
        if (atAttribute(tokens)) readAttributes(tokens, this, own);
        if (bits === null && name === null) {
          throw unreadable(tokens.peek().position, `has ${tokens.shownNext()} where a name must come`);
        }
        const mode = own.mode ?? attributes.mode;
        const plain = bits ?? declarator!.type;
        members.push({
          name,
          type: mode === null ? plain : modeType(plain, mode, position),
          asked: askedBy(attributes, own),
          position: declarator?.position ?? position,
        });
        if (tokens.takeMark(';')) break;
        if (!tokens.takeMark(',')) {
          throw unreadable(tokens.peek().position, `has ${tokens.shownNext()} where ";" must come`);
        }
      }
    }
    return members;
  }

  /** Whether a type stands under a tag. */
  #isTag(type: CType): boolean {
    return type.kind === 'struct' || type.kind === 'refused' ? this.scope.isTagged(type) : false;
  }

  /** An enum after its keyword. */
  #enum(): CType {
    const tokens = this.#tokens;
    const attributes = noAttributes();
    readAttributes(tokens, this, attributes);
    const { position } = tokens.peek();
    const tag = tokens.peek().kind === 'word' ? tokens.word() : null;
    let fixed: CType | null = null;
    if (tokens.takeMark(':')) fixed = tokens.nested(() => this.#specifiers().type);
    if (!tokens.takeMark('{')) {
      if (tag === null)
        throw unreadable(tokens.peek().position, `has ${tokens.shownNext()} where "{" must come`);
      return this.scope.tagged('enum', tag);
    }
    const values: bigint[] = [];
    let next = 0n;
    while (!tokens.takeMark('}')) {
      const at = tokens.peek().position;
      const name = tokens.word();
      readAttributes(tokens, this, noAttributes());
      if (tokens.takeMark('=')) next = constantExpression(tokens, this).value;
      values.push(this.scope.defineConstant(name, next++, at).value);
      if (!tokens.takeMark(',') && !tokens.isMark('}')) {
        throw unreadable(tokens.peek().position, `has ${tokens.shownNext()} where "}" must come`);
      }
    }
    readAttributes(tokens, this, attributes);
    const type = fixed ?? enumOf(values, attributes.packed, this.model);
    const aligned = withAlign(type, attributes.align);
    if (tag !== null) this.scope.defineTag('enum', tag, aligned, position);
    return aligned;
  }

  // --- what constant expressions ask -----------------------------------------------------------------------------------

  enumerator(name: string): Constant | undefined {
    return this.scope.enumerator(name);
  }

  isType(word: string): boolean {
    return (
      typeKeyword(word) !== undefined ||
      /^(?:struct|union|enum|typeof|__typeof__|__typeof)$/.test(word) ||
      isQualifier(word) ||
      this.scope.typeNamed(word) !== undefined
    );
  }

  atType(): boolean {
    const { kind, text } = this.#tokens.peek();
    return kind === 'word' && text !== '__extension__' && this.isType(text);
  }

  typeName(): CType {
    return this.#tokens.nested(() => {
      const { type } = this.#specifiers();
      return readDeclarator(this.#tokens, this, type).type;
    });
  }

  offsetOf(type: CType, path: readonly string[]): number | string {
    let offset = 0;
    let at = type;
    for (const name of path) {
      const member = at.kind === 'struct' ? at.members.find((one) => one.name === name) : undefined;
      if (member === undefined)
        return `has offsetof of ${shown(name)}, which is not a member of a known struct`;
      offset += member.offset;
      at = member.type;
    }
    return offset;
  }
}
