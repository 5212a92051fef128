from playwright.sync_api import expect

from tests.browser import Complaints


def test_browser_sees_the_sign_in_page(page_as):
    page = page_as(None, "/accounts/login/", width=390)

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith('"Public Sans')


def test_browser_notes_what_a_page_complains_about(browser, live_server):
    context = browser.new_context(base_url=live_server.url)
    page = context.new_page()
    complaints = Complaints()
    complaints.watch(page)
    page.goto("/accounts/login/")
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.evaluate("setTimeout(() => { throw new Error('by a script') })")
    page.evaluate("fetch('/static/nothing.css')")
    page.wait_for_timeout(200)
    context.close()

    assert len(complaints) == 3
