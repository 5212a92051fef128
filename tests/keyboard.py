"""A person without a mouse: `Keyboard(page)` offers keys alone, and looks at each place that Tab
leads to."""

from playwright.sync_api import expect

# Runs in every page. `pointed` holds what no key does; Tab notes what it leaves.
WATCH = """
(() => {
  const keys = window.keys = {pointed: [], left: null}
  for (const kind of ['mousedown', 'pointerdown', 'touchstart'])
    addEventListener(kind, () => keys.pointed.push(kind), true)

  // What a reader sees of it: a choice that is drawn by its label is seen there.
  keys.shownBy = one => {
    const box = one.getBoundingClientRect()
    const isDrawn = box.width > 1 && box.right > 0 && getComputedStyle(one).opacity !== '0'
    return isDrawn ? one : one.labels?.[0] ?? one
  }

  // The rings and shadows at a place, on it and around it.
  const ring = (one, part) => {
    const css = getComputedStyle(one, part)
    const isDrawn = css.outlineStyle !== 'none' && css.outlineWidth !== '0px'
      && !/, 0\\)$|transparent/.test(css.outlineColor)
    return (isDrawn ? `${css.outlineWidth} ${css.outlineColor} ` : '') + css.boxShadow
  }
  keys.rings = one => {
    const places = [one, ...(one.labels || []), one.parentElement]
    return places.flatMap(place => [ring(place), ring(place, '::before')]).join('|')
  }

  addEventListener('keydown', event => {
    if (event.key !== 'Tab') return
    const one = document.activeElement
    keys.left = {one, rings: keys.rings(one), place: placeOf(one)}
  }, true)

  const nameOf = one =>
    `${one.localName} ${(one.labels?.[0] ?? one).textContent.trim().slice(0, 40) || one.name}`
  // Its edges in the page; undefined when it stands still while the page moves.
  const placeOf = one => {
    const box = keys.shownBy(one).getBoundingClientRect()
    for (; one; one = one.parentElement)
      if (/fixed|sticky/.test(getComputedStyle(one).position)) return undefined
    return {top: box.top + scrollY, bottom: box.bottom + scrollY, left: box.left, right: box.right}
  }

  // Where the focus is after a Tab: its number in the page, -1 outside; and what is wrong there,
  // with the place that was left (faults), or with the way from one to the other (order).
  keys.stop = isBack => {
    const one = document.activeElement, {one: from, rings, place: left} = keys.left
    const stop = {number: -1, faults: [], order: []}
    if (keys.pointed.length) stop.faults.push('a mouse was used')
    if (from !== one && from !== document.body && from.isConnected && from.tabIndex >= 0
        && rings === keys.rings(from))
      stop.faults.push(`${nameOf(from)}: looks the same with the focus and without`)
    // Outside of the page nothing hears the next key.
    keys.left = {one: document.body}
    if (one === document.body) return stop
    stop.number = keys.numberOf(one)
    const say = (list, what) => list.push(`${nameOf(one)}: ${what}`)
    const seen = keys.shownBy(one), box = seen.getClientRects()[0]
    if (!box || box.width < 2 || box.height < 2) say(stop.faults, 'cannot be seen')
    else {
      // Of a tall text field the browser shows the line where one writes.
      const middle = Math.min(box.height / 2, one.localName === 'textarea' ? 20 : Infinity)
      const hit = document.elementFromPoint(box.x + box.width / 2, box.y + middle)
      if (!hit) say(stop.faults, 'is outside of the window')
      else if (![one, seen, ...(one.labels || [])].some(part => part.contains(hit)))
        say(stop.faults, `is covered by ${hit.localName}.${hit.className}`)
    }
    if (from !== one && from !== document.body) {
      const follows = Boolean(from.compareDocumentPosition(one) & 4)
      if (follows === isBack) say(stop.order, 'is out of order')
      const here = placeOf(one)
      const [first, second] = isBack ? [here, left] : [left, here]
      // Columns are read one by one. A phone's search is in a row below the menu, yet before it.
      if (first && second && second.bottom <= first.top && second.left < first.right
          && !one.closest('header')) say(stop.order, 'stands above what comes before it')
    }
    return stop
  }

  // Radio buttons of one name are one stop.
  keys.numberOf = one => {
    const group = one.type === 'radio' && document.querySelector(`input[name="${one.name}"]`)
    return [...document.querySelectorAll('*')].indexOf(group || one)
  }
  // Every place that must be reached.
  keys.all = () => [...new Set([...document.querySelectorAll('*')]
    .filter(one => one.tabIndex >= 0 && !one.disabled && one.checkVisibility())
    .map(keys.numberOf))]
  // More than there are stops: a field of a date has a part for each Tab.
  keys.most = () => 10 + document.querySelectorAll('a, button, input, select, textarea, summary')
    .length + 8 * document.querySelectorAll('input[type^=date], input[type=time]').length
})()
"""


class Fault(AssertionError):
    """Somebody without a mouse cannot go on here."""


class Keyboard:
    """Tab, Shift+Tab, arrows, Space, Enter, Escape, and letters. It has no mouse, and fails when
    the page has felt one. `stops`: how many places were looked at."""

    KEYS = frozenset(
        {"ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp", "Enter", "Escape", "Space"}
    )

    def __init__(self, page):
        self.stops = 0
        self._page = page
        page.context.add_init_script(WATCH)
        page.evaluate(WATCH)

    def __getattr__(self, name):
        raise Fault(f"A keyboard does not {name}.")

    def press(self, key):
        if key not in self.KEYS:
            raise Fault(f"{key} is not among the keys.")
        self._page.keyboard.press(key)

    def type(self, text):
        self._page.keyboard.type(text)

    def tab(self, *, back=False):
        """One stop on, which must lie in the page's order."""
        if order := self._tab(back)["order"]:
            raise Fault(f"{self._page.url}: {order}")

    def walk(self):
        """From the start of a fresh page to its end and back: every place is reached, nothing holds
        the focus, and the way back is the way there."""
        self._page.wait_for_load_state()
        wanted = self._page.evaluate("keys.all()")
        there, back = self._until_outside(back=False), self._until_outside(back=True)
        if back != there[::-1]:
            raise Fault(f"{self._page.url}: forwards {there}, backwards {back}")
        if missing := set(wanted) - set(there):
            raise Fault(f"{self._page.url}: {missing} of {wanted} are not reached")

    def go_to(self, target, *, back=False):
        """Tab until the focus is there; to a radio button by arrows, which choose it, too."""
        target = target.element_handle(timeout=5000)
        for _stop in range(self._most()):
            self.tab(back=back)
            if self._is_at(target, "one.name === it.name && one.type === it.type || one === it"):
                break
        else:
            raise Fault(f"{self._page.url}: no Tab leads to {target}")
        for _option in range(20):
            if self._is_at(target, "one === it"):
                return
            if not self._is_at(target, "it.type === 'radio'"):
                self.tab(back=back)
            else:
                self.press("ArrowDown")
        raise Fault(f"{self._page.url}: no arrow leads to {target}")

    def choose(self, target, *, back=False):
        """Check a radio button or a check box."""
        self.go_to(target, back=back)
        if not target.is_checked():
            self.press("Space")
        if not target.is_checked():
            raise Fault(f"{self._page.url}: Space does not check {target}")

    def write(self, target, text):
        self.go_to(target)
        self.type(text)

    def enter(self, target):
        """Go there and press Enter."""
        self.go_to(target)
        self.press("Enter")

    def follow(self, target):
        """Enter a link or a button that leads to another address."""
        here = self._page.url
        self.enter(target)
        expect(self._page).not_to_have_url(here)

    def _is_at(self, target, condition):
        return target.evaluate(
            f"it => {{ const one = document.activeElement; return {condition} }}"
        )

    def _most(self):
        return self._page.evaluate("keys.most()")

    def _tab(self, back):
        self._page.keyboard.press("Shift+Tab" if back else "Tab")
        stop = self._page.evaluate("isBack => keys.stop(isBack)", back)
        self.stops += 1
        if stop["faults"]:
            raise Fault(f"{self._page.url}: {stop['faults']}")
        return stop

    def _until_outside(self, *, back):
        """The stops up to where the page is left: behind them the browser begins anew."""
        found = []
        for _tab in range(self._most()):
            stop = self._tab(back)
            number = stop["number"]
            if number == -1 or (len(found) > 1 and number == found[0]):
                return found
            if stop["order"]:
                raise Fault(f"{self._page.url}: {stop['order']}")
            if number not in found[-1:]:
                found.append(number)
        raise Fault(f"{self._page.url}: Tab never leaves; it was at {found[-5:]}")
