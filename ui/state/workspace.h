#pragma once

#include "ui/engine/engine_api.h"
#include "ui/models/library_model.h"
#include "ui/models/strip_model.h"
#include "ui/state/contrast_document.h"
#include "ui/state/curve_presets.h"
#include "ui/state/generation_settings.h"
#include "ui/state/layer_map.h"
#include "ui/state/report.h"
#include "ui/state/run_history.h"
#include "ui/state/run_text.h"

#include <QElapsedTimer>
#include <QTimer>

#include <map>
#include <memory>

namespace tiller {

class LibraryStore;

enum class ModelState { None, Opening, Ready };
enum class Perspective { Contrast, Layers, Steer };

/// What is being done; from ListModels on not shown: too short, or in nobody's way.
enum class Task {
    OpenModel,
    Extract,
    Map,
    Generate,
    WriteVector,
    ListModels,
    ReadVector,
    Preview,
    CountTokens,
    Refit,
    FitToCompare,
    Diagnose,
    Scatter,
    Lens,
    Compare,
    Trace
};

struct ExtractionOptions {
    std::string method = "mean_difference";
    ReadPosition read;
    std::string layers = "all";
    Normalisation normalisation = Normalisation::None;
    RenderOptions render;
};

/// A vector that a token is projected on, and the layer where it acts most.
struct TracedVector {
    QString name;
    std::shared_ptr<const SteeringVector> vector;
    int layer = 0;
};

/// The single source of truth of one window. Panes show it and ask things of it; it alone talks to the
/// engine.
class Workspace : public QObject {
    Q_OBJECT

public:
    explicit Workspace(std::unique_ptr<EngineApi> engine, QObject* parent = nullptr);
    ~Workspace() override;

    // Model
    void openModel(const QString& path);
    void openDropped(const QString& path); ///< a model or a vector, whichever it is
    ModelState modelState() const { return m_modelState; }
    /// Null also while another one is being opened.
    const OpenedModel* model() const
    {
        return m_modelState == ModelState::Ready && m_model ? &*m_model : nullptr;
    }
    /// Of the open model, or of the one being opened as soon as its headers are read; null otherwise.
    const ModelInfo* modelInfo() const;
    bool isBaseModel() const { return model() && model()->info.templateOrigin.empty(); }
    QString modelPath() const { return m_modelPath; } ///< open, or being opened

    /// Device and dtype, kept once a model has been opened with them. A change opens the model anew.
    const LoadOptions& loadOptions() const { return m_loadOptions; }
    void setLoadOptions(const LoadOptions& options);

    /// As found by the last findModels().
    const InstalledModels& installedModels() const { return m_installedModels; }
    void findModels();

    // Contrast set and extraction
    ContrastDocument* contrast() { return m_contrast; }
    const ExtractionOptions& extraction() const { return m_extraction; }
    void setExtraction(const ExtractionOptions& options);
    /// The layers in the form are what is meant, and no longer being written.
    void layersChosen();
    void extract();
    /// Extracts, puts the vector into the mixer, goes to Steer and generates.
    void extractAndSteer();
    /// What the last extraction measured; null before it, or when the model has changed since. It follows the
    /// set: what is edited, dropped or chosen as method is fitted anew at once.
    const ExtractResult* extracted() const { return m_extracted.get(); }
    /// Its figures, resampled ones too once they are known; null without an extraction.
    const Diagnostics* diagnostics() const { return m_diagnostics.get(); }
    QString extractedName() const; ///< of its vector in the library; empty without one
    int diagnosticLayer() const { return m_diagnosticLayer; }
    void setDiagnosticLayer(int layer);
    /// Projections of both sides of a pair on the unit vector over the extracted layers, dropped or not;
    /// empty when unknown. NaN for the side that an example of an unpaired set lacks.
    std::vector<std::pair<double, double>> pairProjections(int row) const;
    /// "formality, 28 pairs: mean difference, completion. SmolLM2-135M-Instruct"
    QString extractionCaption() const;
    /// Where figures and tables of the extraction are offered to be saved, without suffix.
    QString exportName(const QString& kind) const;
    /// scatterReady() follows, of the diagnostic layer.
    void requestScatter(ScatterAxes axes);
    void requestPreview(int row);

    // Library
    LibraryModel* library() { return m_library; }
    /// From now on kept in this folder; what it holds already appears soon after. Once.
    void openLibrary(const std::filesystem::path& folder);
    LibraryStore* libraryStore() { return m_store.get(); } ///< null before openLibrary()
    int currentVector() const { return m_currentVector; } ///< row of the library, -1 for none
    void setCurrentVector(int row);
    void importVector(const QString& path);
    /// vectorOffered() follows: what it is, for a person to say whether it is taken.
    void offerVector(const QString& path);
    void addImported(const QString& path, const VectorRead& vector);
    /// Models are opened. A vector alone is offered; several, and those in a folder, are imported.
    void openAllDropped(const QStringList& paths);
    /// One is offered; several are imported, and what is wrong with some of them is said once.
    void openVectors(const QStringList& paths);
    void exportVector(int row, const QString& path);
    void removeVectors(std::vector<int> rows); ///< reported with Undo
    void duplicateVector(int row);
    void renameVector(int row, const QString& name);

    // Mixer
    StripModel* mixer() { return m_mixer; }
    void addToMixer(int libraryRow, std::optional<int> layer = {}, double strength = 1);
    QString mixExpression() const;
    /// The old mix stays where the expression is wrong.
    Attempt setMixExpression(const QString& expression);
    void exportMix(const QString& path);
    /// What the strips that are on add up to, as a new vector of the library.
    void bakeMix();
    /// A way to spread a strip over the layers; empty where it is not to be had.
    LayerCurve presetOf(int strip, CurvePreset preset) const;
    /// Mixes that were kept, by their expressions.
    QStringList savedMixes() const;
    void saveMix();
    void recallMix(const QString& expression);
    void forgetMix(const QString& expression);
    /// Of the shown run, moved or not; without a run of the mixer. Empty: nothing steers.
    QString shownMix() const;

    // Generation
    const GenerationSettings& generation() const { return m_generation; }
    void setGeneration(const GenerationSettings& settings);
    void generate();
    /// The prompt and each row's answer become turns of a chat that the next prompt goes on with; empties the
    /// prompt. Only through a chat template, once text has been generated.
    void keepTurn();
    bool canKeepTurn() const;
    void newChat(); ///< forgets the turns
    /// Of each row of the shown run the turns before its prompt; empty: none.
    std::vector<std::vector<ChatMessage>> shownTurns() const;
    int keptTurns() const { return int(m_chat.empty() ? 0 : m_chat.front().size() / 2); }
    const RunText& run() const { return m_run; }
    RunHistory* history() { return m_history; }
    int shownRun() const { return m_shownRun; } ///< row of the history, -1 for none
    /// Its texts in the panes; nothing while text streams.
    void showRun(int row);
    /// Its texts, and prompt, sampling and mixer as they were.
    void restoreRun(int row);
    /// Of the whole batch, while it runs and after.
    double tokensPerSecond() const { return m_tokensPerSecond; }
    /// The answer goes another way from a token of a row on: with one of its alternatives, in all rows.
    void fork(int row, int token, int alternative);
    /// traced() follows: the position that chose a token, layer by layer.
    void requestTrace(int row, int token);
    /// What a trace projects on: the strips that are on.
    std::vector<TracedVector> tracedVectors() const;
    /// What a strip's direction says in tokens, at the layer where it acts most; null while not known.
    const LensWords* lensOf(int strip) const;
    /// The same of all that act, added up at the layer where they push most.
    const LensWords* lensOfMix() const;

    // Map
    LayerMap* map() { return m_map; }
    QString titleOfMap() const; ///< its vector, by the name it has now, and whether it has changed since
    /// The same grid of another vector, beside it; empty before compareMap().
    LayerMap* comparedMap() { return m_comparedMap; }
    void startMap(const MapGrid& grid);
    /// Measures another vector of the library as the map's was; with equal push at the norms of the map's
    /// vector, layer by layer.
    void compareMap(int libraryRow, bool equalPush);
    /// The same of what another method makes of the pairs that the map's vector comes from.
    void compareMapBy(const std::string& method, bool equalPush);
    bool canCompareMethods() const; ///< those pairs are open, as they were
    /// Measures a part of the map finer; widenMap() comes back to what was there before.
    void refineMap(LayerMap::Place first, LayerMap::Place last);
    void widenMap();
    bool canWidenMap() const { return !m_widerMaps.empty(); }
    /// Stops what is measured for now; what is known is kept.
    void pauseMap();
    void resumeMap();
    bool isMapPaused() const { return m_pausedMap; }
    void cancelMap();
    /// Where figures are kept from one start to the next; empty, as it is unless set: nowhere.
    void setMapCache(const std::filesystem::path& folder) { m_mapCache = folder; }
    /// Of the contrast set that is open the pairs that effect is measured on, at most so many, evenly spaced.
    void choosePairs(MapGrid& grid, int most) const;
    /// Whether each pair of the open set would be judged by a vector that was fitted without it.
    bool holdsPairsOut(const QString& vectorName) const;
    /// The cell alone: what else is in the mix is switched off.
    void takeToSteer(const LayerMap& map, LayerMap::Place place);

    // Tasks
    bool isRunning(Task task) const;
    bool isBusy() const { return m_engine->isBusy(); }
    void stop(Task task);
    void stopAll(); ///< what a person would want stopped: all but looking at tokens
    QString status() const { return m_status; }
    /// Share done of what the status names; nothing when idle or unknown.
    std::optional<double> progress() const { return m_progress; }

    void report(Panel panel, const Report& report) { emit reported(panel, report); }

signals:
    void modelChanged();
    void loadOptionsChanged();
    void installedModelsChanged();
    void extractionChanged();
    void extractedChanged(); ///< the extraction and with it its figures
    void diagnosticsChanged(); ///< figures alone, or their resampling has begun
    void scatterReady(const tiller::Scattered& scattered);
    void diagnosticLayerChanged(int layer);
    void previewReady(int row, const tiller::PairPreview& preview);
    void currentVectorChanged(int row);
    void vectorOffered(const QString& path, const tiller::VectorRead& vector);
    void generationChanged();
    void chatChanged();
    void runStarted();
    void runAdvanced(const std::vector<tiller::TokenEvent>& events);
    void runEnded();
    void runCompared(); ///< every token was read again: RowText::compared
    void traced(int row, int token, const tiller::Traced& traced);
    void lensesChanged();
    void tasksChanged();
    void statusChanged();
    void perspectiveRequested(tiller::Perspective perspective);
    void rowRequested(int row); ///< of the contrast set
    void openModelRequested();
    void reported(tiller::Panel panel, const tiller::Report& report);
    void reportsCleared(tiller::Panel panel);

private:
    struct Running {
        Task task = Task::Preview;
        QElapsedTimer clock;
        std::pair<int, int> token; ///< row and token of a trace
        QString subject; ///< file or vector that it is about
        bool isOfSeveral = false; ///< of vectors that are imported together
        LayerMap* map = nullptr; ///< that is filled; null: another has taken its place
    };

    JobId start(Task task, JobRequest request, const QString& subject = {});
    void onProgressed(JobId job, const Progress& progress);
    void onTokens(JobId job, const std::vector<TokenEvent>& events);
    void onEditsTaken(JobId job, int token, const std::vector<std::vector<Edit>>& edits);
    void onFinished(JobId job, const JobResult& result);
    void onFailed(JobId job, const Failure& failure);
    void onCancelled(JobId job);
    void ended(const Running& running);
    void setStatus(const QString& text, std::optional<double> progress = {});

    void done(const Running& job, const OpenedModel& model);
    void done(const Running& job, const InstalledModels& result);
    void done(const Running& job, const Extracted& result);
    void done(const Running& job, const Diagnosed& result);
    void done(const Running& job, const Scattered& result);
    void done(const Running& job, const Generated& result);
    void done(const Running& job, const Lenses& result);
    void done(const Running& job, const Compared& result);
    void done(const Running& job, const Traced& result);
    void done(const Running& job, const Swept& result);
    void done(const Running& job, const PairPreview& result);
    void done(const Running& job, const TokenCounts& result);
    void done(const Running& job, const VectorRead& result);
    void done(const Running& job, const VectorWritten& result);

    void fail(
        Panel panel, const Failure& failure, const QString& action = {}, std::function<void()> act = {});
    void failTask(const Running& running, const Failure& failure);
    /// Device and dtype that failed are not kept.
    void restoreModel();
    void forgetModel();
    void forgetRun();
    void reportProblems(const ModelInfo& info);
    void setRaw(bool raw);
    void forgetExtraction();
    bool checkPairs();
    void forgetPairFault(); ///< takes the report back once the pair it names is mended or gone
    bool m_pairFault = false;
    void countTokens();
    void contrastChanged();
    void sayReadOtherwise();
    void refitSoon();
    void refit();
    void diagnose();
    void steerNow();
    /// Where a fit is in the library, mended or new.
    int keepInLibrary(const ExtractRequest& request, const Extracted& result);
    void sweep(LayerMap* map);
    void clearMaps();
    void leaveMap(); ///< whatever is measured is not waited for
    void fitToCompare(const std::string& method, Normalisation normalisation);
    void compareMapWith(int libraryRow, const Extracted& extracted);
    void pairsSwitched(const std::vector<int>& rows);
    void reportLeftOut();
    void reportDropped();
    size_t placeOf(int layer) const; ///< among the extracted layers; their number: not one of them
    void placeRows();
    void showProjections();
    void addToLibrary(LibraryEntry entry);
    void importAll(const QStringList& paths);
    void importRead(const QString& path, const VectorRead& vector);
    void importFailed(const QString& path, const Failure& failure);
    void importCancelled();
    void importsEnded(); ///< says what has come of them, once the last has been read
    LibraryEntry importedEntry(const QString& path, const VectorRead& vector) const;
    void renameStrips(const QString& from, const QString& to);
    void renameKept(const QString& from, const QString& to); ///< in the mixes that are kept
    QString presentName(const QString& name) const; ///< of a vector that may have been renamed since
    void reportSkipped(const QStringList& files, const Failure& first);
    /// Why a vector may not be used with the open model; none is open: anything may.
    Attempt fits(const SteeringVector& vector, bool allowOther) const;
    /// Whether a vector may be used with the open model; says why not, with the expert's way out.
    bool checkVector(
        const SteeringVector& vector, bool allowOther, Panel panel, std::function<void()> useAnyway);
    /// Weight and vector of every strip that is on, at its layers alone; says why there is none.
    std::vector<std::pair<double, std::shared_ptr<const SteeringVector>>> mixTerms();
    bool checkMixer(); ///< switches off strips that do not fit the model and says so; whether all fit
    void mixChanged();
    std::vector<RunRow> runRows() const; ///< as the mixer and the settings say
    void startRun(std::vector<TokenEvent> begun);
    void keepRun(); ///< what has come of the shown run, in the history
    void runFailed(JobId job, const Failure& failure);
    RunRow steeringOf(size_t row) const;
    void compareRun();
    void refreshLenses();

    std::unique_ptr<EngineApi> m_engine;
    std::map<JobId, Running> m_running;

    ModelState m_modelState = ModelState::None;
    std::optional<OpenedModel> m_model;
    std::optional<ModelInfo> m_describedModel; ///< while opening
    QString m_modelPath;
    QString m_shownModel; ///< path of the last that opened
    LoadOptions m_loadOptions;
    InstalledModels m_installedModels;

    ContrastDocument* m_contrast;
    ExtractionOptions m_extraction;
    Extracted m_extracted;
    std::shared_ptr<const Diagnostics> m_diagnostics;
    int m_diagnosticLayer = -1;
    bool m_steerAfterExtraction = false;
    QTimer m_steerAtLatest; ///< figures may take longer than a person likes to wait

    ExtractRequest m_fitRequest; ///< of the last fit
    quint64 m_contrastRevision = 0; ///< counts the changes of the set
    quint64 m_fitRevision = 0; ///< what the last fit saw
    QTimer m_refitSoon;
    bool m_diagnoseLater = false;
    /// Name in the library of each fit of one extraction, by what makes it another vector.
    using FitKey = std::tuple<std::string, Normalisation, std::string, bool>; ///< method, read position, raw
    static FitKey keyOf(const ExtractRequest& request);
    std::map<FitKey, QString> m_fits;
    double m_readSeconds = 0; ///< what the last extraction took that read all texts
    struct Dropped {
        std::vector<int> rows;
        QString reason;
        int layer = 0;
        std::optional<double> auc; ///< before
    };
    Dropped m_dropped; ///< until its refit has been reported
    bool m_dropReported = false; ///< and the report may still be there
    int m_previewRow = -1;
    QTimer m_countSoon;

    LibraryModel* m_library;
    std::shared_ptr<LibraryStore> m_store; ///< goes before the library
    QStringList m_offered; ///< being read, to be offered
    /// Files that are imported together: what is wrong with them is said together.
    struct Imports {
        int files = 0;
        std::vector<std::pair<QString, Failure>> failed; ///< file and why
        std::vector<LibraryEntry> foreign; ///< failed, but an expert may say that they fit
    };
    Imports m_imports;
    int m_currentVector = -1;
    StripModel* m_mixer;

    GenerationSettings m_generation;
    RunText m_run;
    std::vector<RunRow> m_runRows; ///< what m_run was generated with
    QString m_runPrompt;
    std::vector<std::vector<ChatMessage>> m_chat; ///< turns of each row before the next prompt
    std::vector<TokenId> m_promptIds;
    RunHistory* m_history;
    int m_shownRun = -1;
    int m_shownBefore = -1; ///< when the last run was started
    JobId m_lastRunJob = 0; ///< also after its end
    bool m_automatic = false; ///< the run that is about to start comes of a change of the mix
    bool m_onlyMoved = false; ///< and that of nothing but moved strengths
    JobId m_runJob = 0;
    using LensKey = std::pair<std::shared_ptr<const SteeringVector>, int>; ///< a direction: vector and layer
    std::map<LensKey, LensWords> m_lenses;
    std::vector<LensKey> m_askedLenses;
    std::optional<LensWords> m_mixLens;
    QTimer m_lensSoon;
    QElapsedTimer m_firstToken;
    int m_tokensSince = 0;
    double m_tokensPerSecond = 0;
    bool m_hasRun = false;
    QTimer m_regenerateSoon;

    LayerMap* m_map;
    LayerMap* m_comparedMap;
    LayerMap* m_pausedMap = nullptr;
    std::vector<LayerMap::Contents> m_widerMaps; ///< that the map is a part of, widest first
    ExtractRequest m_comparedFit;
    bool m_equalPush = true;
    std::filesystem::path m_mapCache;

    QString m_status;
    std::optional<double> m_progress;
};

}
