"""How numba compiles an entry with all its parts: once, as one piece of code.

Numba optimises each function together with all that it calls and makes it executable, so that what
lies deep is worked on as often as there are functions above it. Here a part stays as it was
translated until it is put into an entry. There it is nobody else's, so that the compiler may change
how it is called or dissolve it. This halves the time to compile, and saves a seventh of the run.

The libraries replace steps of numba that are not part of its public interface; hence the narrow
bounds on its version.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from llvmlite.binding import Linkage, parse_assembly
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.runtime import rtsys


class PartLibrary(JITCodeLibrary):
    """Code of a `part`: optimised and made executable only within the entry that calls it.

    Numba would do both for each part with all that it calls, which takes longer than all the rest.
    """

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Nowhere, as yet."""
        return 0

    @property
    def codegen(self) -> Any:
        """Asked only to tell the executable code its environment; there is none yet."""
        return SimpleNamespace(set_env=lambda name, environment: None)


class EntryLibrary(JITCodeLibrary):
    """Code of an entry with all its parts, which nobody else calls: they can be made one."""

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == Linkage.linkonce_odr:
                function.linkage = Linkage.internal
        super()._optimize_final_module()

    def serialize_using_object_code(self) -> Any:
        """What is kept on disk: of what others would be linked with, the names alone.

        To read all of it again would take a third of the time to load an entry.
        """
        functions = [f for f in self._final_module.functions if f.linkage == Linkage.external]
        names = [function.name for function in functions if not function.is_declaration]
        stubs = "".join(f'define void @"{name}"() {{ ret void }}\n' for name in names)
        kept = self._get_compiled_object(), parse_assembly(stubs).as_bitcode()
        return self.name, "object", kept


class ColdLibrary(PartLibrary):
    """Code of a part that stays a function."""

    def add_ir_module(self, ir_module: Any) -> None:
        """Say so of the function, which this module defines."""
        for function in ir_module.functions:
            if not function.is_declaration:
                function.attributes.add("noinline")
        super().add_ir_module(ir_module)


class _EntryCacheImpl(CompileResultCacheImpl):
    """What of an entry is kept on disk."""

    def reduce(self, data: Any) -> Any:
        """All but the environments of its parts, which have no use for any.

        Numba would import the modules they are from, large ones of its own among them.
        """
        *kept, _ = super().reduce(data)
        return (*kept, ())


class EntryCache(FunctionCache):
    """Where the code of an entry is kept on disk."""

    _impl_class = _EntryCacheImpl

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The code of an entry, if it is there.

        Numba would first load all that is needed to compile one, a tenth of a second of each run.
        """
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


class EntryCompiler(Compiler):
    """Numba's compiler, with the library of an entry."""

    def define_pipelines(self) -> Any:
        """Numba's own steps."""
        state = self.state
        state.library = EntryLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return super().define_pipelines()


class PartCompiler(Compiler):
    """Numba's compiler, with the library of a part."""

    library = PartLibrary

    def define_pipelines(self) -> Any:
        """Numba's own steps."""
        state = self.state
        state.library = self.library(state.targetctx.codegen(), state.func_id.func_qualname)
        return super().define_pipelines()


class HotCompiler(PartCompiler):
    """The code of a part is put in place of each call to it."""

    def define_pipelines(self) -> Any:
        """Said only here: what is said before counts for all that the part calls, too."""
        self.state.flags.forceinline = True
        return super().define_pipelines()


class ColdCompiler(PartCompiler):
    """The code of a part is never put in place of a call to it."""

    library = ColdLibrary
