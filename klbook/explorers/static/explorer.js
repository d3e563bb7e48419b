// Moves the explorers of a page. All states of an explorer are in the page, deflated; moving a control puts the
// texts of one state into the picture's slots and into the readouts. No dependencies, no global names.
(() => {
  'use strict'

  // Where the site has its files, if this is one of them: what is copied has to hold elsewhere.
  const FILE = document.currentScript?.src

  const PLAY_MS = 90
  const REST_MS = 400

  const read = async (reader) => {
    const decoder = new TextDecoder()
    let text = ''
    for (;;) {
      const {done, value} = await reader.read()
      text += decoder.decode(value, {stream: !done})
      if (done) return text
    }
  }

  const unpack = async (base64) => {
    const plain = atob(base64)
    const bytes = new Uint8Array(plain.length)
    for (let i = 0; i < plain.length; i++) bytes[i] = plain.charCodeAt(i)  // quicker than a function for each byte
    // Written and read by hand: a Blob and a Response would each wait for the rest of a page that is being laid out.
    const inflate = new DecompressionStream('deflate')
    const writer = inflate.writable.getWriter()
    const [text] = await Promise.all([read(inflate.readable.getReader()), writer.write(bytes), writer.close()])
    return JSON.parse(text)
  }

  // A text is written whole, or as a change of an earlier one: how far back, what stays at both ends, what is new.
  const unfold = (changes) => {
    const texts = []
    for (const change of changes) {
      if (typeof change === 'string') { texts.push(change); continue }
      const [back, start, end, between] = change
      const before = texts[texts.length - back]
      texts.push(before.slice(0, start) + between + before.slice(before.length - end))
    }
    return texts
  }

  // Which text each state shows: 0 is the next that was not yet shown, k + 1 is text k again.
  const recall = (coded) => {
    let shown = 0
    return coded.map((k) => k === 0 ? shown++ : k - 1)
  }

  // The parts of a frame that a move changes: what stands in quotes and what stands between tags.
  const VALUES = /"[^"]*"|>[^<]+</g

  // A place in the picture. In most moves only numbers change; they go into the elements that are there, which is
  // quicker than to make new ones.
  class Slot {
    constructor(place) { this.place = place }

    show(text) {
      const values = text.match(VALUES) ?? []
      const shape = text.includes('&') ? null : text.replace(VALUES, '"')
      if (shape === null || shape !== this.shape) this.fill(text)
      else this.change(values)
      this.values = values
      this.shape = shape
      this.follow?.(text)
    }

    fill(text) {
      this.place.innerHTML = text
      this.nodes = null
    }

    change(values) {
      this.nodes ??= this.find()
      values.forEach((value, k) => { if (value !== this.values[k]) this.nodes[k].nodeValue = value.slice(1, -1) })
    }

    // Attributes and texts, in the order in which they are written.
    find() {
      const nodes = [], walk = document.createTreeWalker(this.place, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
      while (walk.nextNode()) nodes.push(...walk.currentNode.attributes ?? [walk.currentNode])
      return nodes
    }
  }

  // Where a handle is: at a marker, a line's middle or end, a bar's top.
  const standing = (text) => {
    const [, x, y] = /.* (?:x="|d="M)(.+?)(?:" y="| )(.+?)"/.exec(text) ?? [0, '-999', '0']
    return [(parseFloat(x) + parseFloat(y.split('H')[1] ?? x)) / 2, parseFloat(y.split('V')[1] ?? y)]
  }

  // The places of a readout's parts, in the order in which the frames write them.
  const PARTS = ['.kl-number > span', '.kl-unit', '.kl-colon', '.kl-why', '.kl-words > span']
  class Readout {
    constructor(place) {
      const places = PARTS.map((part) => place.querySelector(part)), [number, unit, , why] = places
      this.nodes = places.map((part) => part && (part.firstChild ?? part.appendChild(new Text())))
      this.number = number
      this.unit = why && unit
    }

    show(text) {
      const parts = text.split('\t')
      this.nodes.forEach((node, k) => { if (node && node.data !== (parts[k] ?? '')) node.data = parts[k] ?? '' })
      if (this.number && this.number.dataset.pad !== (parts[5] ?? '')) this.number.dataset.pad = parts[5] ?? ''
      // A unit that stands in the first row only is said again before a reason.
      if (this.unit) this.unit.style.opacity = parts[3] ? 1 : ''
    }
  }

  // How large a unit of the picture is on the screen. Asked of the SVG's matrix, WebKit forgets what the page around it
  // is scaled by, as slides are.
  const scale = (svg) => {
    const {width, height} = svg.getBoundingClientRect(), whole = svg.viewBox.baseVal
    return Math.min(width / whole.width, height / whole.height)
  }

  // '#slug&p=3&q=5' sets the explorer 'slug': what an instructor links to. What others made of such a link on its way
  // (an '&' as '&amp;' or '%26', a '%' that begins no code, a full stop behind it) is read as it was meant.
  const plain = (text) => text.replace(/(%[\da-f]{2})+/gi, (codes) => {
    try { return decodeURIComponent(codes) } catch { return codes }
  })
  const addressed = (slug) => {
    const hash = location.hash.slice(1)
    const [first, ...rest] = (hash.includes('&') ? hash : plain(hash)).split(/&(?:amp;)?/)
    if (plain(first) !== slug) return []
    return rest.filter(Boolean).map((pair) => pair.split('=')).map(([name, ...value]) => [plain(name), plain(value.join('='))])
  }

  // Texts are compared without spaces, and numbers without the commas of thousands.
  const bare = (text) => text.toLowerCase().replace(/\s/g, '').replaceAll('−', '-')
    .replace(/\b[1-9]\d{0,2}(,\d{3})+(?!\d)/g, (number) => number.replaceAll(',', ''))
  // What a text amounts to, and in what unit: '1/20', '1 in 20' and '1 : 20' are numbers, too.
  const AMOUNT = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(?:(?:\/|:|in)(\d+(?:\.\d+)?))?(.*)$/
  const amount = (text) => {
    const [, number, parts = 1, unit = ''] = AMOUNT.exec(text) ?? [0, NaN]
    return [number / parts, unit]
  }
  // Where a value stands among a control's texts: the same text, or for a number within the control's ends the
  // nearest, with or without its unit. −1 if it fits nowhere.
  const placed = (value, texts) => {
    const known = texts.map(bare), whole = bare(value), wanted = whole.replace(/[^\p{L}\p{N}%]+$/u, '')
    for (const text of [whole, wanted]) if (known.includes(text)) return known.indexOf(text)
    const [n, unit] = amount(wanted)
    const near = known.map(amount).map(([x, its], k) => [x, k, its]).filter(([x, , its]) => !isNaN(x) && its.startsWith(unit))
    near.sort((a, b) => a[0] - b[0])
    if (!(near[0]?.[0] <= n && n <= near.at(-1)[0])) return -1
    return near.reduce((best, one) => Math.abs(one[0] - n) < Math.abs(best[0] - n) ? one : best)[1]
  }

  // Where a control begins, as it is written in the page: browsers put other values into controls when they come
  // back to a page.
  const written = (control) =>
    Number(control.type === 'range' ? control.defaultValue : [...control.options].findIndex((o) => o.defaultSelected))

  // Whoever comes back to a page, or loads it again, finds the place where they were.
  const arrived = performance.getEntriesByType('navigation')[0]?.type === 'navigate'

  class Explorer {
    constructor(root) {
      this.root = root
      this.slug = root.dataset.explorer
      this.controls = [...root.querySelectorAll('.kl-controls [name]')]
      this.texts = this.controls.map((c) => JSON.parse(c.dataset.texts))
      this.start = this.controls.map(written)
      // The state: controls, picture, readouts and address are written from it.
      this.setting = [...this.start]
      // Slots stand in the order in which they are drawn, columns in the order of their numbers.
      const slots = [...root.querySelectorAll('[data-slot]')].sort((a, b) => a.dataset.slot - b.dataset.slot)
      this.places = [...slots.map((g) => new Slot(g)), ...[...root.querySelectorAll('output')].map((o) => new Readout(o))]
      this.shown = this.places.map(() => null)
      this.link = root.querySelector('.kl-chapter')
    }

    async load() {
      const block = this.root.querySelector('.kl-frames')
      if (!block) throw new Error('the page broke off before their end')
      const columns = await unpack(block.textContent)
      this.columns = columns.map(([changes, at]) => [unfold(changes), recall(at)])
      const states = this.texts.reduce((n, texts) => n * texts.length, 1)
      const whole = this.columns.length === this.places.length &&
        this.columns.every(([texts, at]) => at.length === states && at.every((i) => i in texts))
      if (!whole) throw new Error('the frames do not fit the controls')
    }

    ready() {
      this.controls.forEach((control, k) => {
        control.addEventListener('input', () => { this.stop(); this.move(k, Number(control.value)) })
        if (control.type !== 'range') return
        // A thumb that scrolls the page may begin on a slider, which is no wish to move it.
        let held = this.setting[k]
        control.addEventListener('pointerdown', () => { held = this.setting[k] })
        control.addEventListener('pointercancel', () => this.move(k, held))
      })
      for (const button of this.root.querySelectorAll('.kl-controls button, .kl-controls [name]')) button.disabled = false
      const press = (button, act) => this.root.querySelector(button)?.addEventListener('click', act)
      press('.kl-reset', () => { this.set(this.start); this.rest() })
      press('.kl-copy', () => this.copy('Link to this setting', new URL(this.address(), location.href).href))
      press('.kl-embed', () => this.copy('Code that shows this setting in another page', this.frame()))
      for (const button of this.root.querySelectorAll('.kl-play')) button.addEventListener('click', () => this.play(button))
      this.places.forEach((slot, k) => this.hold(slot, ...this.columns[k]))
      this.set(this.start)
      this.follow(arrived)
      addEventListener('hashchange', () => this.follow(true, true))
      // A second click on a link changes no address.
      addEventListener('click', (event) => {
        const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented
        if (!elsewhere && event.target.closest?.('a[href]')?.href === location.href) this.follow(true, true)
      })
      // Browsers restore the controls of a page that one comes back to, each in its own way, and some behind this. None
      // of the controls has autocomplete="off": WebKit would reset those, as late as it likes.
      addEventListener('pageshow', () => { this.write(); setTimeout(() => this.write()) })
      addEventListener('pagehide', () => { if (this.moving || this.timer) this.keep() })
      this.root.dataset.ready = ''
    }

    // All of a setting at once: by a link, or by the reset.
    set(setting) {
      this.stop()
      this.setting = [...setting]
      this.write()
      this.show()
    }

    move(k, value) {
      this.setting[k] = value
      if (Number(this.controls[k].value) !== value) this.controls[k].value = value
      this.show()
      if (!this.timer) this.rest(k)
    }

    write() {
      this.controls.forEach((control, k) => { control.value = this.setting[k] })
    }

    // The last control changes fastest.
    show() {
      const state = this.state = this.setting.reduce((n, value, k) => n * this.texts[k].length + value, 0)
      this.columns.forEach(([texts, at], k) => {
        const which = at[state]
        if (this.shown[k] === which) return
        this.shown[k] = which
        this.places[k].show(texts[which])
      })
      this.controls.forEach((control, k) => {
        const text = this.texts[k][this.setting[k]]
        if (control.type !== 'range' || control.getAttribute('aria-valuetext') === text) return
        control.setAttribute('aria-valuetext', text)
        control.parentElement.querySelector('.kl-now').textContent = text
      })
      if (this.link) this.link.hash = this.address()
    }

    // A handle goes where its artist stands in the nearest other state, whatever the axes' scale.
    hold(slot, texts, at) {
      const names = slot.place?.dataset.drag?.split(' '), handle = slot.place?.nextSibling
      if (!names) return
      slot.follow = (text) => {
        const place = standing(text)
        handle.setAttribute('transform', `translate(${place})`)
        handle.style.visibility = place[0] < 0 ? 'hidden' : ''
      }
      handle.onpointerdown = (from) => {
        if (from.button || !from.isPrimary) return
        handle.setPointerCapture(from.pointerId)
        this.stop()
        const first = this.state, [x, y] = standing(texts[at[first]]), size = scale(handle.ownerSVGElement), due = this.moving
        clearTimeout(due)  // what was about to be kept is another state's
        const ways = this.texts.reduce((all, its) => all.flatMap((way) => its.map((_, i) => [...way, i])), [[]])
        let last, places
        const mine = (act) => (event) => { if (event.pointerId === from.pointerId) act(event) }
        handle.onpointermove = mine((to) => {
          // Keys may have moved other controls meanwhile.
          if (this.state !== last) {
            const open = (way) => way.every((i, k) => i === this.setting[k] || names.includes(this.controls[k].name))
            places = ways.flatMap((way, n) => open(way) ? [[n, ...standing(texts[at[n]])]] : [])
          }
          const right = x + (to.pageX - from.pageX) / size, down = y + (to.pageY - from.pageY) / size
          // Of equally near ones the next state.
          const far = places.map(([n, u, v]) => Math.hypot(u - right, v - down) + Math.abs(n - this.state) / 1e9)
          const [best] = places[far.indexOf(Math.min(...far))]
          if (best !== this.state) this.set(ways[best])
          last = this.state
        })
        handle.onpointercancel = mine(() => this.set(ways[first]))
        handle.onlostpointercapture = mine(() => {
          handle.onpointermove = handle.onpointercancel = null
          if (this.state !== first || due) this.rest()
        })
      }
    }

    // When a move has come to rest it is spoken in one sentence, and kept in the address: Safari takes no more than a
    // hundred new addresses in ten seconds. Who moves a control hears its value from the control.
    rest(moved) {
      clearTimeout(this.moving)
      this.moving = setTimeout(() => {
        this.keep()
        // Raised digits are read as if they were not, or passed over.
        const spoken = (text) => text.replace(/[⁻⁰¹²³⁴-⁹]+/g, (power) => ` to the power ${power.normalize('NFKC')}`)
        const words = ([label, value]) => `${label.textContent} ${spoken(value)}`
        const controls = this.controls.map((c, k) => [c.labels[0].firstChild, this.texts[k][this.setting[k]]])
        const readouts = [...this.root.querySelectorAll('output')].map((o) => [o.closest('.kl-readout').firstChild, o.textContent])
        const said = [...(moved === undefined ? controls : []), ...readouts].map(words)
        this.root.querySelector('.kl-spoken').textContent = `${said.join('; ')}.`
      }, REST_MS)
    }

    address() {
      const pairs = this.controls.map((c, k) => `&${c.name}=${encodeURIComponent(this.texts[k][this.setting[k]])}`)
      return `#${this.slug}${pairs.join('')}`
    }

    // The address follows the setting without a new entry in the history: 'back' leaves the page as always.
    keep() {
      clearTimeout(this.moving)
      this.moving = 0
      try { history.replaceState(history.state, '', this.address()) } catch { /* the setting is right without it */ }
    }

    // What the address says of this explorer. A bare '#slug' leads to it and sets nothing.
    follow(scroll, focus = false) {
      // What was about to be kept would take the place of the address that was just asked for.
      clearTimeout(this.moving)
      this.moving = 0
      const wanted = addressed(this.slug)
      if (!wanted.length) return
      const setting = [...this.start], strange = []
      for (const [name, value] of wanted) {
        const k = this.controls.findIndex((c) => c.name === name)
        const place = k < 0 ? -1 : placed(value, this.texts[k])
        if (place < 0) strange.push(`${name} = ${value}`)
        else setting[k] = place
      }
      this.set(setting)
      if (strange.length) this.say(`The link asks for ${strange.join(', ')}, which is not to be had here; what it leaves open stands where it begins.`)
      else this.hush()
      // In a frame it would take the page around it along.
      if (!scroll || 'alone' in this.root.dataset) return
      if (document.readyState === 'complete') this.root.scrollIntoView()
      else addEventListener('load', () => this.root.scrollIntoView(), {once: true})  // nothing has its place before
      if (!focus) return
      // The next Tab leads to the first control, and Page Down still turns the page.
      this.root.tabIndex = -1
      this.root.focus({preventScroll: true})
      this.rest()
    }

    // What shows the explorer as it is now in another page.
    frame() {
      const src = new URL(`../embed/${this.slug}.html${this.address()}`, FILE || location.href)
      const title = this.root.querySelector('.kl-title').textContent
      const style = 'border: 0; max-width: 100%'
      const sandbox = 'allow-scripts allow-popups allow-popups-to-escape-sandbox'  // its links open in windows of their own
      const frame = {src, title, width: 800, height: 520, sandbox, loading: 'lazy', style}
      return Object.assign(document.createElement('iframe'), frame).outerHTML
    }

    async copy(what, text) {
      this.keep()
      try {
        await navigator.clipboard.writeText(text)
        this.say(`${what} copied.`)
      } catch {
        const field = Object.assign(document.createElement('input'), {readOnly: true, value: text, ariaLabel: what})
        this.say(`${what}: `).append(field)
        field.focus()
        field.select()
      }
    }

    say(sentence) {
      // Of a page that broke off, not even the place for notes may be there.
      const note = this.root.querySelector('.kl-said') ??
        this.root.appendChild(Object.assign(document.createElement('p'), {className: 'kl-note'}))
      note.textContent = sentence
      note.hidden = false
      return note
    }

    hush() { this.root.querySelector('.kl-said').hidden = true }

    play(button) {
      if (this.timer) {
        this.stop()
        return this.rest()
      }
      const k = this.controls.findIndex((c) => c.name === button.dataset.plays), last = this.texts[k].length - 1
      if (this.setting[k] >= last) this.move(k, 0)
      // Who asked for less motion gets one step for each press.
      if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
        this.move(k, this.setting[k] + 1)
        return this.rest()
      }
      this.playing = button
      button.setAttribute('aria-pressed', 'true')
      clearTimeout(this.moving)
      this.timer = setInterval(() => {
        this.move(k, this.setting[k] + 1)
        if (this.setting[k] < last) return
        this.stop()
        this.rest()
      }, PLAY_MS)
    }

    stop() {
      clearInterval(this.timer)
      this.timer = 0
      this.playing?.setAttribute('aria-pressed', 'false')
    }

    fail(error) {
      this.root.dataset.error = ''
      const why = typeof DecompressionStream === 'undefined'
        ? 'this browser is too old to unpack the pictures (it has no DecompressionStream)'
        : `the pictures of this page are damaged (${error.message})`
      this.say(`The controls are off because ${why}. The picture above is the one they begin with.`)
    }
  }

  const begin = async (root) => {
    const explorer = new Explorer(root)
    try {
      await explorer.load()
      explorer.ready()
    } catch (error) {
      explorer.fail(error)
    }
  }

  const begun = new Set()
  const all = (places) => {
    for (const place of document.querySelectorAll(places)) {
      const root = place.closest('[data-explorer]')
      if (begun.has(root)) continue
      begun.add(root)
      begin(root)
    }
  }
  // What follows the frames is there, so all of them have been read.
  const whole = () => all('.kl-frames + noscript')
  whole()
  // Each explorer as soon as it has been read, and not when the page, its styles and other scripts are all there.
  const reading = new MutationObserver(whole)
  const read_on = () => {
    reading.disconnect()
    all('[data-explorer]')  // of a page that broke off in the middle, too: it says so
  }
  if (document.readyState === 'loading') {
    reading.observe(document, {childList: true, subtree: true})
    document.addEventListener('readystatechange', read_on, {once: true})
  } else {
    read_on()
  }
})()
