"""Every place of the code that decides who may do or see what, and the code without it.

Found in the syntax tree, so that what is written tomorrow is found too.
"""

import ast
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ["crm_portal", "accounts", "outbox", "agencies", "surveys", "feedback", "dashboards"]
# Made-up data for a demo, and how tables came to be: nobody asks them for a right.
ASIDE = {"demo", "migrations", "management", "embedded"}

# What keeps back the rows of others: a method of the rows, or a function that gets them first.
SCOPES = {"visible_to", "of_visible_agencies"}
# Rows of the user's own.
OWN = {"user=user", "user=by", "by=user"}
SEES_ALL = {"SEES_EVERY_AGENCY", "READS_RESTRICTED"}


@dataclass(frozen=True)
class Site:
    """One check. `scope` names the innermost function around it: (its name, its first line)."""

    module: str
    number: int
    kind: str
    line: int
    scope: tuple[str, int]
    source: str

    @property
    def app(self):
        return self.module.partition(".")[0]

    def __str__(self):
        place = self.module.replace(".", "/") + f".py:{self.line}"
        return f"{place} in {self.scope[0]}: {self.kind} {self.source}"


def modules():
    for app in APPS:
        for file in sorted((ROOT / app).rglob("*.py")):
            if not ASIDE & set(file.parts):
                yield ".".join(file.relative_to(ROOT).with_suffix("").parts), file


def all_sites():
    """Every check of the portal, in order."""
    return [site for name, _file in modules() for site in sites_of(name)]


def sites_of(module):
    file = ROOT / (module.replace(".", "/") + ".py")
    return Remover(module).look_through(ast.parse(file.read_text()))


def without(site, tree):
    """The module's tree with this one check taken out."""
    Remover(site.module, site.number).look_through(tree)
    return ast.fix_missing_locations(tree)


class Remover(ast.NodeTransformer):
    """Finds the checks of a module; takes out the one of the given number.

    What is taken out leaves its names in place, `user.may(x)` becomes `(user, x, True)[-1]`, so
    that a function keeps the variables that it shares with those around it.
    """

    def __init__(self, module, number=None):
        self.module, self.number = module, number
        self.sites, self.scopes = [], [("the module", 0)]
        self.is_access = module.endswith(".access")

    def look_through(self, tree):
        self.visit(tree)
        return self.sites

    def _found(self, node, kind, source=None):
        """Whether this is the one to take out."""
        is_meant = len(self.sites) == self.number
        text = source or ast.unparse(node)
        self.sites.append(
            Site(self.module, len(self.sites), kind, node.lineno, self.scopes[-1], text)
        )
        return is_meant

    def visit_FunctionDef(self, node):
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        self.scopes.append((node.name, first))
        self.generic_visit(node)
        if node.name in SCOPES and self._found(node, "scope", f"def {node.name}"):
            node.body = ast.parse(f"return {node.args.args[0].arg}.all()").body
        is_right = node.name.startswith("has_") and node.name.endswith("_permission")
        if is_right and self._found(node, "right", f"def {node.name}"):
            node.body = ast.parse("return True").body
        for decorator in list(node.decorator_list):
            is_require = isinstance(decorator, ast.Call) and _name(decorator.func) == "require"
            if is_require and self._found(decorator, "require"):
                node.decorator_list.remove(decorator)
        self.scopes.pop()
        return node

    def visit_Lambda(self, node):
        self.scopes.append(("<lambda>", node.lineno))
        self.generic_visit(node)
        self.scopes.pop()
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        name = _name(node.func)
        if name in SCOPES and self._found(node, "scope"):
            is_method = isinstance(node.func, ast.Attribute)
            rows, *others = [node.func.value, *node.args] if is_method else node.args
            others += [keyword.value for keyword in node.keywords]
            return _first_of([ast.Call(_attribute(rows, "all"), [], []), *others])
        if name == "may" and self._found(node, "right"):
            return _last_of([node.func.value, *node.args, ast.Constant(True)])
        if name == "constant_time_compare" and self._found(node, "key"):
            return _last_of([*node.args, ast.Constant(True)])
        if name in {"filter", "get_object_or_404", "_alive"}:
            node.keywords = [part for part in node.keywords if not self._is_dropped(part)]
            node.args = [part for part in node.args if not self._is_for_who_sees_all(part)]
        return node

    def _is_dropped(self, keyword):
        """Whose the row is; in a look-up for a view each condition beside the row's number."""
        text = ast.unparse(keyword)
        if self.is_access and keyword.arg not in {"pk", "public_id", None}:
            return self._found(keyword.value, "key", text)
        return text in OWN and self._found(keyword.value, "own", text)

    def _is_for_who_sees_all(self, condition):
        return "role__in=SEES_" in ast.unparse(condition) and self._found(condition, "role")

    def visit_Compare(self, node):
        self.generic_visit(node)
        right, operator = node.comparators[0], node.ops[0]
        if _name(right) in SEES_ALL and self._found(node, "role"):
            return _last_of([node.left, right, ast.Constant(isinstance(operator, ast.In))])
        is_representative = ast.unparse(right) == "Role.REPRESENTATIVE"
        if is_representative and self._found(node, "role"):
            return _last_of([node.left, right, ast.Constant(isinstance(operator, ast.NotEq))])
        if ast.unparse(node.left).endswith(".logged_by_id") and self._found(node, "own"):
            return _last_of([node.left, right, ast.Constant(isinstance(operator, ast.Eq))])
        return node

    def visit_If(self, node):
        """What a look-up for a view refuses: each of several reasons."""
        self.generic_visit(node)
        refuses = self.is_access and isinstance(node.body[-1], ast.Raise)
        if refuses and isinstance(node.test, ast.BoolOp):
            node.test.values = [self._without_reason(value) for value in node.test.values]
        return node

    def _without_reason(self, value):
        return _last_of([value, ast.Constant(False)]) if self._found(value, "key") else value

    def visit_BoolOp(self, node):
        self.generic_visit(node)
        node.values = [self._without_activity(value) for value in node.values]
        return node

    def _without_activity(self, value):
        """`user.is_active and …`, `not user.is_active or …`: a closed account counts as open."""
        is_denied = isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not)
        asked = value.operand if is_denied else value
        if _name(asked) == "is_active" and self._found(asked, "right"):
            return _last_of([asked.value, ast.Constant(not is_denied)])
        return value


def _name(node):
    """The last word: `access.require` → `require`."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _attribute(value, name):
    return ast.Attribute(value, name, ast.Load())


def _first_of(values):
    return _item(values, ast.Constant(0))


def _last_of(values):
    return _item(values, ast.UnaryOp(ast.USub(), ast.Constant(1)))


def _item(values, index):
    return ast.Subscript(ast.Tuple(values, ast.Load()), index, ast.Load())
