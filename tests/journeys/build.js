// How a page is built, as far as axe can tell: its elements, their classes, roles and states, and
// which of them have a name. Neighbours that are built alike count once: lists differ in length.
() => {
  const asItIs = /^(class|role|type|lang|aria-(?!label|describe|control|owns).*)$/;
  const onlyWhether = /^(alt|for|href|title|open|hidden|disabled|checked|required|aria-.*)$/;

  const attributes = (element) =>
    [...element.attributes]
      .filter(({ name }) => asItIs.test(name) || onlyWhether.test(name))
      .map(({ name, value }) => `${name}=${asItIs.test(name) ? value : value !== ""}`)
      .sort();

  const build = (element) => {
    const speaks = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const parts = [...element.children].map(build);
    const inside = parts.filter((part, at) => part !== parts[at - 1]).join("");
    return `<${element.localName} ${attributes(element)} ${speaks}>${inside}</>`;
  };

  const root = document.documentElement;
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  return [innerWidth, isDark, root.dataset.theme, build(root)].join(" ");
}
