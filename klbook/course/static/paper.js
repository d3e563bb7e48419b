// Puts pages of the built site together as one document for paper. What is read are the finished pages, without their
// scripts: every explorer has its first picture, its numbers and its settings in the markup.
window.paper = {
  pages: new Map(),

  // The article of a page, at the end of `where`; its style sheets if it is the first.
  async add(path, name, where) {
    const base = new URL(path, location.href)
    const answer = await fetch(base)
    if (!answer.ok) throw new Error(`there is no ${path} in the built site`)
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const article = page.querySelector('article.bd-article')
    if (!article) throw new Error(`${path} has no article`)
    if (!this.pages.size) this.dress(page, base)
    this.strip(article)
    for (const image of article.querySelectorAll('img[src]')) {
      image.src = new URL(image.getAttribute('src'), base)
      image.loading = 'eager'
    }
    this.rename(article, name + '--')
    for (const link of article.querySelectorAll('a[href]')) this.note(link, base)
    const sheet = document.createElement('section')
    sheet.className = 'kl-sheet'
    sheet.id = name
    sheet.style.page = name // whose foot is its own
    sheet.append(document.adoptNode(article))
    document.querySelector(where).append(sheet)
    this.pages.set(base.pathname, name)
  },

  dress(page, base) {
    for (const piece of page.querySelectorAll('head link[rel=stylesheet], head style')) {
      const copy = document.adoptNode(piece.cloneNode(true))
      if (copy.href) copy.href = new URL(piece.getAttribute('href'), base)
      document.head.prepend(copy)
    }
    // In their order, before what is there for paper.
    document.head.prepend(...[...document.head.querySelectorAll('link[rel=stylesheet], style:not(.kl-paper)')].reverse())
  },

  // What only a screen can use. Folds are opened, but for the code of the pictures.
  strip(article) {
    const gone = 'script, noscript, template, button, .headerlink, .kl-code, .kl-said, .kl-spoken, .kl-thumbnail-place'
    for (const element of article.querySelectorAll(gone)) element.remove()
    for (const fold of article.querySelectorAll('details')) fold.open = true
    // What controls are set to is said in words, also to screen readers, which on the page ask the control itself.
    for (const select of article.querySelectorAll('.kl-control select')) {
      const room = document.createElement('span')
      const now = document.createElement('span')
      room.className = 'kl-room'
      now.className = 'kl-now'
      now.textContent = select.selectedOptions[0].textContent
      room.append(now)
      select.replaceWith(room)
    }
    for (const input of article.querySelectorAll('.kl-control input')) input.remove()
    for (const room of article.querySelectorAll('.kl-room')) room.removeAttribute('aria-hidden')
    // A card is a link all over on a screen; on paper its title is.
    for (const link of article.querySelectorAll('.sd-card a.sd-stretched-link')) {
      const title = link.closest('.sd-card').querySelector('.sd-card-title')
      link.className = ''
      link.replaceChildren(...title.childNodes)
      title.append(link)
    }
  },

  // Names of one page become names in the whole document.
  rename(article, prefix) {
    const lists = ['aria-labelledby', 'aria-describedby', 'aria-controls', 'headers', 'for', 'list']
    for (const element of article.querySelectorAll('*')) {
      if (element.id) element.id = prefix + element.id
      for (const { name, value } of [...element.attributes]) {
        if (lists.includes(name)) {
          element.setAttribute(name, value.split(/\s+/).map((id) => prefix + id).join(' '))
        } else if (value.includes('url(#')) {
          element.setAttribute(name, value.replaceAll('url(#', 'url(#' + prefix))
        } else if (name === 'xlink:href' || (name === 'href' && element.localName !== 'a')) {
          if (value.startsWith('#')) element.setAttribute(name, '#' + prefix + value.slice(1))
        }
      }
    }
  },

  // Where a link leads, before its page is left.
  note(link, base) {
    const target = new URL(link.getAttribute('href'), base)
    if (target.origin !== location.origin) return
    link.dataset.path = target.pathname
    link.dataset.fragment = target.hash.slice(1)
  },

  // Links between the pages that are here lead there; others to the site, or are text where its address is not known.
  // Said is which ones lead to nothing.
  connect(site) {
    const lost = []
    const root = new URL('.', location.href).pathname
    for (const link of document.querySelectorAll('a[data-path]')) {
      const { path, fragment } = link.dataset
      const name = this.pages.get(path)
      link.removeAttribute('data-path')
      link.removeAttribute('data-fragment')
      if (name) {
        // Of a link to a setting of an explorer, the explorer.
        const ids = [fragment, fragment.split('&')[0]].map((id) => `${name}--${decodeURIComponent(id)}`)
        const id = fragment ? ids.find((id) => document.getElementById(id)) : name
        if (id) link.setAttribute('href', '#' + id)
        else lost.push(`${link.closest('.kl-sheet').id}: “${link.textContent}” leads to ${path}#${fragment}`)
      } else if (site) {
        link.href = new URL(path.slice(root.length), site) + (fragment && '#' + fragment)
      } else {
        link.replaceWith(...link.childNodes)
      }
    }
    return lost
  },

  // Solutions go, and what answers say; where they stood there is room to write.
  student() {
    const solutions = [...document.querySelectorAll('.cell.tag_solution, details')].filter(
      (e) => e.localName !== 'details' || e.querySelector(':scope > summary')?.textContent.trim() === 'Solution'
    )
    for (const solution of solutions) {
      if (!solution.isConnected) continue
      const code = solution.matches('.tag_hide-cell')
      let blank = solution.previousElementSibling
      if (!blank?.matches('.kl-blank')) {
        blank = document.createElement('div')
        blank.className = 'kl-blank'
        blank.append(...[1, 2, 3, 4].map(() => document.createElement('p')))
        solution.before(blank)
      }
      if (code && !blank.matches('.kl-blank-code')) {
        blank.classList.add('kl-blank-code')
        blank.prepend('Words and code:')
      }
      solution.remove()
    }
    for (const answer of document.querySelectorAll('details.kl-answer')) {
      const choice = document.createElement('p')
      choice.className = 'kl-choice'
      choice.append('☐ ', ...answer.querySelector('summary').childNodes)
      answer.replaceWith(choice)
    }
    return solutions.length
  },

  // The title of the document, and below its first heading whom it is for.
  entitle(title, whose) {
    document.title = title
    let line = document.querySelector('.kl-whose')
    if (!line) {
      line = document.createElement('p')
      line.className = 'kl-whose'
      document.querySelector('h1').after(line)
    }
    line.textContent = whose
  },

  // Headings with their level in the whole book, for the contents and for the bookmarks.
  headings(name, deeper) {
    return [...document.getElementById(name).querySelectorAll('h1, h2, h3, h4')].map((heading) => {
      const level = Number(heading.localName[1])
      if (deeper) heading.setAttribute('aria-level', level + 1)
      heading.id ||= `${name}--heading-${heading.parentElement.id}`
      return { level, text: heading.textContent.trim(), id: heading.id }
    })
  },

  // A sheet with the caption of a part.
  part(caption, id) {
    const sheet = document.createElement('section')
    const heading = document.createElement('h1')
    sheet.className = 'kl-part'
    sheet.id = id
    heading.textContent = caption
    sheet.append(heading)
    document.querySelector('#sheets').append(sheet)
  },

  contents(entries) {
    const nav = document.querySelector('.kl-contents')
    const heading = document.createElement('h1')
    heading.textContent = 'Contents'
    const lists = [document.createElement('ul')]
    nav.append(heading, lists[0])
    const top = Math.min(...entries.map((entry) => entry.level))
    for (const { level, text, id } of entries) {
      const depth = level - top
      while (lists.length <= depth) {
        const list = document.createElement('ul')
        ;(lists.at(-1).lastElementChild ?? lists.at(-1)).append(list)
        lists.push(list)
      }
      lists.length = depth + 1
      const item = document.createElement('li')
      const link = document.createElement('a')
      const [words, number] = [text, '000'].map((said) => {
        const place = document.createElement('span')
        place.textContent = said
        return place
      })
      item.className = depth < 2 ? 'kl-whole' : ''
      link.className = 'kl-entry'
      link.href = '#' + id
      link.append(words, number)
      item.append(link)
      lists.at(-1).append(item)
    }
  },

  // Write the numbers of sheets into the contents; said is whether one was another.
  number(sheets) {
    let changed = false
    for (const entry of document.querySelectorAll('.kl-entry')) {
      const number = String(sheets[decodeURIComponent(entry.hash.slice(1))])
      changed ||= entry.lastElementChild.textContent !== number
      entry.lastElementChild.textContent = number
    }
    return changed
  },

  bookmarks() {
    const headings = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]
    return headings.filter((heading) => heading.checkVisibility()).map((heading) => heading.textContent.trim())
  },

  async ready() {
    const images = [...document.images]
    await Promise.all(images.map((image) => image.decode().catch(() => {})))
    await document.fonts.ready
    return images.filter((image) => !image.naturalWidth).map((image) => image.src)
  },
}
